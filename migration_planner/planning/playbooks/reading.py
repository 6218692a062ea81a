"""From a playbook file to a Playbook. What is wrong with a file is said with its place in it, and what to do."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from migration_planner.planning.models import Step as BanStep
from migration_planner.planning.models import Workflow as BanWorkflow
from migration_planner.planning.playbooks.kinds import PLACE, Option, Parameter, Playbook, Source, Step, Workflow

SCHEMA = Path(__file__).parent / "schema.json"


#: A line break between two lines of one paragraph: the file is wrapped for its editors, the text is not.
WRAPPED = re.compile(r"(?m)(?<=\S)\n(?=[^\s\-*#>|\d])")


class InvalidPlaybook(Exception):
    """A playbook file is wrong. The message names the file, the place in it and what to do."""


class _Loader(yaml.SafeLoader):
    """YAML without its guess at dates, so that the schema sees the text that stands in the file."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Playbook:
    """Read and check one file. Raises InvalidPlaybook."""
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidPlaybook(f"{path.name} is not readable YAML: {error}") from error
    if mistake := best_match(_validator().iter_errors(data)):
        raise InvalidPlaybook(f"{path.name}, at {_place(mistake.absolute_path, data)}: {mistake.message}")
    if wrong := next(_contradictions(data, path.stem), None):
        raise InvalidPlaybook(f"{path.name}, {wrong}")
    return _playbook(data)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")), format_checker=FormatChecker())


def _place(path: Any, data: Any) -> str:
    """Where in the file, in words a person can follow: "workflows[2] (mcp) → sources"."""
    words, here = [], data
    for part in path:
        here = here[part]
        key = here.get("key") if isinstance(here, dict) else None
        words.append(f"[{part}]" + (f" ({key})" if key else "") if isinstance(part, int) else str(part))
    return " → ".join(words) or "the top of the file"


def _contradictions(data: Mapping[str, Any], slug: str) -> Iterator[str]:
    """What the schema cannot say."""
    if data["slug"] != slug:
        yield f"at slug: it says {data['slug']!r}; make it the same as the name of the file, {slug!r}"
    for kind in ("parameters", "workflows", "steps"):
        keys = [entry["key"] for entry in data.get(kind, [])]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield f"at {kind}: the key {key!r} stands there {keys.count(key)} times; give each entry its own"
    yield from _unfounded_verdicts(data["workflows"])
    yield from _loose_ends(data)


def _unfounded_verdicts(workflows: list[dict[str, Any]]) -> Iterator[str]:
    for workflow in workflows:
        place = f"at workflows → {workflow['key']}:"
        if workflow["compatibility"] == BanWorkflow.Compatibility.UNKNOWN:
            if not workflow.get("question", "").strip():
                yield f"{place} its compatibility is unknown; write the question that somebody has to answer"
        elif not workflow.get("sources"):
            yield f"{place} {workflow['compatibility']} is a claim; name a source with the day it was checked, or write unknown"


def _loose_ends(data: Mapping[str, Any]) -> Iterator[str]:
    """References to workflows, parameters and places that do not exist."""
    workflows = {workflow["key"] for workflow in data["workflows"]}
    for step in data["steps"]:
        if (key := step.get("workflow")) and key not in workflows:
            yield f"at steps → {step['key']}: there is no workflow {key!r}; choose one of {', '.join(sorted(workflows))}"
    parameters = {
        entry["key"]: {option["value"] for option in entry["options"]} for entry in data.get("parameters", [])
    }
    for workflow in data["workflows"]:
        for key, values in workflow.get("checked_for", {}).items():
            if not set(values) <= parameters.get(key, set()):
                yield f"at workflows → {workflow['key']} → checked_for: {key} has no such value among {values}"
    options = [option for entry in data.get("parameters", []) for option in entry["options"]]
    known = [set(option.get("words", {})) for option in options]
    for place in sorted(set(PLACE.findall(json.dumps(data, ensure_ascii=False)))):
        if not known or not all(place in words for words in known):
            yield f"at [[{place}]]: every option of the parameter has to give the words for it"


def _playbook(data: Mapping[str, Any]) -> Playbook:
    plain = {
        name: _text(data[name])
        for name in ("slug", "version", "title", "summary", "tool", "replacement", "scope", "reason", "risk_class")
    }
    more = {name: _text(data.get(name, "")) for name in ("reason_source", "help")}
    return Playbook(
        **plain,
        **more,
        parameters=tuple(_parameter(entry) for entry in data.get("parameters", [])),
        workflows=tuple(_workflow(entry) for entry in data["workflows"]),
        steps=tuple(_step(entry) for entry in data["steps"]),
        generic=data.get("generic", False),
    )


def _text(written: str) -> str:
    return WRAPPED.sub(" ", written.strip())


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    options = tuple(Option(option["value"], option["title"], option.get("words", {})) for option in entry["options"])
    return Parameter(entry["key"], entry["title"], options)


def _workflow(entry: Mapping[str, Any]) -> Workflow:
    texts = ("what", "target", "conversion", "limits", "verify", "question")
    return Workflow(
        key=entry["key"],
        title=entry["title"],
        compatibility=BanWorkflow.Compatibility(entry["compatibility"]),
        sources=tuple(Source(row["url"], date.fromisoformat(row["checked_on"])) for row in entry.get("sources", [])),
        checked_for={key: tuple(values) for key, values in entry.get("checked_for", {}).items()},
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
    )
