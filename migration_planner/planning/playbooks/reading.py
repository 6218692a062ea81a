"""From a playbook file to a Playbook. What is wrong with a file is said by checking.py."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from migration_planner.planning.models import Step as BanStep
from migration_planner.planning.models import Workflow as BanWorkflow
from migration_planner.planning.playbooks.checking import Problem, check
from migration_planner.planning.playbooks.kinds import Option, Parameter, Phase, Playbook, Source, Step, Workflow

#: A line break between two lines of one paragraph: the file is wrapped for its editors, the text is not.
WRAPPED = re.compile(r"(?m)(?<=\S)\n(?=[^\s\-*#>|\d])")
#: What browsers add to the name of a file that is downloaded a second time.
COPY = re.compile(r"\s*\(\d+\)$")


class InvalidPlaybook(Exception):
    """A playbook file is wrong. The message has a line for each mistake: the file, the place in it, what to do."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{name}, {problem}" for problem in problems))
        self.problems = problems


def read(path: Path) -> Playbook:
    """Read and check one file. Raises InvalidPlaybook, and OSError when there is no such file."""
    return read_bytes(path.read_bytes(), path.name)


def read_bytes(raw: bytes, name: str, *, today: date | None = None) -> Playbook:
    """Read and check what stands in the file of that name. Raises InvalidPlaybook."""
    data, problems = check(raw, slug=slug_of(name), today=today)
    if problems:
        raise InvalidPlaybook(name, problems)
    return playbook(data)


def slug_of(name: str) -> str:
    """The slug that the name of a file promises."""
    return COPY.sub("", Path(name).stem)


def playbook(data: Mapping[str, Any]) -> Playbook:
    """A playbook from data that were checked."""
    names = ("slug", "version", "title", "summary", "tool", "replacement", "scope", "reason", "risk_class")
    plain = {name: _text(data[name]) for name in names}
    more = {name: _text(data.get(name, "")) for name in ("reason_source", "help")}
    versions = data.get("versions", {})
    return Playbook(
        **plain,
        **more,
        parameters=tuple(_parameter(entry) for entry in data.get("parameters", [])),
        workflows=tuple(_workflow(entry, versions) for entry in data["workflows"]),
        steps=tuple(_step(entry) for entry in data["steps"]),
        generic=data.get("generic", False),
        versions=versions,
    )


def _text(written: str) -> str:
    return WRAPPED.sub(" ", written.strip())


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    options = tuple(Option(option["value"], option["title"], option.get("words", {})) for option in entry["options"])
    return Parameter(entry["key"], entry["title"], options)


def _workflow(entry: Mapping[str, Any], versions: Mapping[str, str]) -> Workflow:
    texts = ("what", "detected", "loss", "target", "conversion", "limits", "question", "question_for")
    verify = entry.get("verify", {})
    return Workflow(
        key=entry["key"],
        title=entry["title"],
        compatibility=BanWorkflow.Compatibility(entry["compatibility"]),
        severity=BanWorkflow.Severity(entry["severity"]),
        detectors=tuple(entry.get("detectors", [])),
        listing=_text(verify.get("listing", "")),
        verify=_text(verify.get("behaviour", "")),
        sources=tuple(Source(row["url"], date.fromisoformat(row["checked_on"])) for row in entry.get("sources", [])),
        checked_for={key: tuple(values) for key, values in entry.get("checked_for", {}).items()},
        versions={**versions, **entry.get("versions", {})},
        **{name: _text(entry.get(name, "")) for name in texts},
    )


def _step(entry: Mapping[str, Any]) -> Step:
    return Step(
        key=entry["key"],
        title=entry["title"],
        guidance=_text(entry.get("guidance", "")),
        workflow=entry.get("workflow", ""),
        per=BanStep.Per(entry.get("per", "person")),
        required=entry.get("required", True),
        minutes=entry.get("minutes", 5),
        evidence=entry.get("evidence", "").strip(),
        phase=Phase(entry.get("phase", "carry-over")),
        after=tuple(entry.get("after", [])),
        scan=BanStep.Scan(entry.get("scan", "")),
        scan_for=tuple(entry.get("scan_for", [])),
    )
