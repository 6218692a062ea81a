"""What a JSON Schema cannot say about a playbook: entries that contradict each other, and claims without ground."""

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _t

from migration_planner.lib.lists import listed
from migration_planner.planning.playbooks.files import Path
from migration_planner.planning.playbooks.kinds import PLACE
from migration_planner.scanner.detectors import shipped

#: The page at this address is the import's.
TAKEN = "import"

Found = Iterator[tuple[Path, str]]
Data = Mapping[str, Any]


def find(data: Data, *, slug: str | None, today: date | None) -> Found:
    """Every contradiction in data that the schema allows, with the way to it."""
    if slug is not None and data["slug"] != slug:
        words = _t("it says “%(says)s”. Make it the same as the name of the file, “%(name)s”.")
        yield ("slug",), words % {"says": data["slug"], "name": slug}
    if data["slug"] == TAKEN:
        yield ("slug",), _t("“%(slug)s” is taken by a page. Choose another slug.") % {"slug": TAKEN}
    yield from _unprintable(data, ())
    for kind in ("parameters", "workflows", "steps"):
        yield from _doubles(data, kind)
    for index, workflow in enumerate(data["workflows"]):
        yield from _verdict(workflow, ("workflows", index))
        yield from _dates(workflow, ("workflows", index), today)
        yield from _checked_for(workflow, data, ("workflows", index))
        yield from _detectors(workflow, ("workflows", index)) if today else ()
    yield from _steps(data)
    yield from _places(data)


def _unprintable(value: Any, path: Path) -> Found:
    """Characters that no database keeps, which YAML lets in as escapes."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            yield path, _t("there is a character in it that cannot be kept. Remove the escape \\0 or \\ud….")
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _unprintable(child, (*path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _unprintable(child, (*path, index))


def _doubles(data: Data, kind: str) -> Found:
    seen = set()
    for index, entry in enumerate(data.get(kind, [])):
        if entry["key"] in seen:
            words = _t("the key “%(key)s” is taken by an entry above. Give each entry its own.")
            yield (kind, index, "key"), words % {"key": entry["key"]}
        seen.add(entry["key"])


def _verdict(workflow: Data, path: Path) -> Found:
    """Full, partial and none are claims and need their ground; unknown is a question and needs one."""
    verdict = workflow["compatibility"]
    if verdict == "unknown":
        if not workflow.get("question", "").strip():
            words = _t("the compatibility is unknown. Write the question that somebody has to answer.")
            yield (*path, "compatibility"), words
        return
    if not workflow.get("sources"):
        words = _t(
            "“%(verdict)s” is a claim. Name a source with the day it was checked, or write unknown and a question."
        )
        yield (*path, "compatibility"), words % {"verdict": verdict}
    if verdict != "full" and not workflow.get("loss", "").strip():
        words = _t("“%(verdict)s” means that something is lost. Say what, in “loss”.")
        yield (*path, "compatibility"), words % {"verdict": verdict}
    if verdict != "none" and not workflow.get("verify"):
        words = _t("“%(verdict)s” has to be seen to be believed. Say how, in “verify” by listing or by behaviour.")
        yield (*path, "compatibility"), words % {"verdict": verdict}


def _dates(workflow: Data, path: Path, today: date | None) -> Found:
    for index, source in enumerate(workflow.get("sources", [])):
        if today and date.fromisoformat(source["checked_on"]) > today:
            words = _t("nobody has checked anything on %(day)s yet. Write the day on which you looked.")
            yield (*path, "sources", index, "checked_on"), words % {"day": source["checked_on"]}


def _detectors(workflow: Data, path: Path) -> Found:
    """Rules that no scanner has would never find anything. A file that is kept already may name those of an older one."""
    known = [f"{shipped().slug}/{key}" for key in shipped().workflows]
    for place, name in enumerate(workflow.get("detectors", [])):
        if name not in known:
            close = get_close_matches(name, known, 3, 0.5) or known
            words = _t("the scanner has no rules called “%(name)s”. Choose one of: %(known)s; or remove this.")
            yield (*path, "detectors", place), words % {"name": name, "known": listed(close)}


def _checked_for(workflow: Data, data: Data, path: Path) -> Found:
    known = {entry["key"]: [option["value"] for option in entry["options"]] for entry in data.get("parameters", [])}
    for key, values in workflow.get("checked_for", {}).items():
        place = (*path, "checked_for", key)
        if key not in known:
            words = _t("there is no parameter “%(key)s”. Define it in “parameters”, or remove this.")
            yield place, words % {"key": key}
        elif strange := [value for value in values if value not in known[key]]:
            words = _t("“%(key)s” has no value “%(value)s”. Choose among: %(known)s.")
            yield place, words % {"key": key, "value": strange[0], "known": listed(known[key])}


def _steps(data: Data) -> Found:
    """References of steps to workflows and to each other, and that each person is asked for something."""
    workflows, steps = [entry["key"] for entry in data["workflows"]], [entry["key"] for entry in data["steps"]]
    for index, step in enumerate(data["steps"]):
        if (key := step.get("workflow")) and key not in workflows:
            words = _t("there is no workflow “%(key)s”. Choose one of: %(known)s.")
            yield ("steps", index, "workflow"), words % {"key": key, "known": listed(sorted(workflows))}
        for place, before in enumerate(step.get("after", [])):
            yield from _order(before, steps, index, ("steps", index, "after", place))
        yield from _scans(step, data["workflows"], ("steps", index))
    if not any(step.get("per", "person") == "person" and step.get("required", True) for step in data["steps"]):
        yield (
            ("steps",),
            _t("no step is required of each person. Make at least one so; a ban has to ask for something."),
        )


def _scans(step: Data, workflows: list[Data], path: Path) -> Found:
    """What a step says of scans has to be something that scans can find out."""
    named, found_by = step.get("scan_for", []), {entry["key"]: entry.get("detectors", []) for entry in workflows}
    if named and "scan" not in step:
        yield (
            (*path, "scan_for"),
            _t("without “scan” this does nothing. Say “scan: use” or “scan: clean”, or remove it."),
        )
    for place, key in enumerate(named):
        if key not in found_by:
            words = _t("there is no workflow “%(key)s”. Choose one of: %(known)s.")
            yield (*path, "scan_for", place), words % {"key": key, "known": listed(sorted(found_by))}
    looked_for = named or ([step["workflow"]] if "workflow" in step else list(found_by))
    if "scan" in step and not any(found_by.get(key) for key in looked_for):
        words = _t("no scan finds what this step is about. Name detectors in its workflow, or remove “scan”.")
        yield (*path, "scan"), words


def _order(before: str, steps: list[str], index: int, path: Path) -> Found:
    if before not in steps:
        yield path, _t("there is no step “%(key)s”. Correct the name, or remove this.") % {"key": before}
    elif steps.index(before) >= index:
        words = _t("“%(key)s” has to come before this step, but stands below it. Move one of them.")
        yield path, words % {"key": before}


def _places(data: Data) -> Found:
    """Every [[place]] needs words from every option of one parameter, whichever the owner chooses."""
    filled: set[str] = set()
    for parameter in data.get("parameters", []):
        filled |= set.intersection(*(set(option.get("words", {})) for option in parameter["options"]))
    for path, text in _texts({name: value for name, value in data.items() if name != "parameters"}, ()):
        for place in sorted(set(PLACE.findall(text)) - filled):
            words = _t("nothing fills [[%(place)s]]. Give words for it in every option of a parameter.")
            yield path, words % {"place": place}


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for name, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(child, (*path, name))
