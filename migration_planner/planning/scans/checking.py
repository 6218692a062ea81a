"""What is wrong with a report that somebody sends: in sentences that say what to do. What is sound holds no content."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _t
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from migration_planner.lib.lists import listed

#: Larger than the report of any repository that somebody could read.
LARGEST = 5_000_000
#: As many mistakes are told at once.
MOST = 10
#: So far may the clock of another machine be ahead.
AHEAD = timedelta(minutes=10)
#: What a scan may have looked at, to say something about a team. Home folders and lists belong to a person.
KINDS = ("repository", "folder")


class WrongReport(Exception):
    """A report cannot be taken. `problems` say why, one sentence each."""

    def __init__(self, problems: "list[Problem]") -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Problem:
    """One mistake. `place` is a way through the report, such as findings/0/path; empty for the report as a whole."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def schema() -> str:
    """The published JSON Schema, as text."""
    return files("migration_planner.scanner").joinpath("data/report.schema.json").read_text("utf-8")


def read(raw: bytes, *, now: datetime) -> dict[str, Any]:
    """A report from what was sent. Raises WrongReport."""
    if len(raw) > LARGEST:
        words = _t(
            "The report has more than %(limit)d MB. Scan single repositories, or accept what stays by a baseline."
        )
        raise WrongReport([Problem("", words % {"limit": LARGEST // 1_000_000})])
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        words = _t("This is not JSON in UTF-8. Send the file that “scan.pyz --json FILE” writes, as it is.")
        raise WrongReport([Problem("", words)]) from None
    if problems := list(_problems(data, now=now)):
        raise WrongReport(problems[:MOST])
    assert isinstance(data, dict)  # noqa: S101 - the schema says so
    return data


def _problems(data: Any, *, now: datetime) -> Iterator[Problem]:
    found = [
        Problem("/".join(map(str, error.absolute_path)), _sentence(error)) for error in _validator().iter_errors(data)
    ]
    yield from found
    if not found:
        yield from (Problem(place, message) for place, message in _beyond_the_schema(data, now=now))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema()), format_checker=FormatChecker())


def _beyond_the_schema(data: dict[str, Any], *, now: datetime) -> Iterator[tuple[str, str]]:
    if data["kind"] not in KINDS:
        yield "kind", _t("Reports of a home folder or of a list stay with their person. Scan a repository or a folder.")
    if not data["repository"].strip():
        yield "repository", _t("The report names no repository. Scan again with --repository NAME.")
    scanned_at = when(data)
    if scanned_at is None:
        yield "scanned_at", _t("Write a time with its zone, such as 2026-11-25T09:00:00+00:00.")
    elif scanned_at > now + AHEAD:
        yield "scanned_at", _t("The scan lies in the future. Set the clock of the machine that scans.")
    if _unprintable(data):
        yield "", _t("There is a character in it that cannot be kept (\\0 or half a surrogate pair). Remove it.")


def when(data: dict[str, Any]) -> datetime | None:
    """The time of the scan; None when it cannot be read, or has no zone."""
    try:
        found = parse_datetime(data["scanned_at"])
    except ValueError:
        return None
    return found if found and found.tzinfo and found.year > 2000 else None


def _unprintable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return any(_unprintable(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_unprintable(each) for each in value)


def _sentence(error: ValidationError) -> str:
    """A mistake that the schema found, as what to do. What was sent is not repeated: it may be what must not be here."""
    wanted = error.validator_value
    match error.validator:
        case "additionalProperties" if isinstance(error.instance, dict):
            known = set(error.schema.get("properties", {}))
            strange = listed(sorted(str(name)[:40] for name in error.instance if name not in known)[:5])
            words = _t(
                "There is no field “%(name)s” in a report, and nothing of it was kept. Reports hold no content; remove it."
            )
            return words % {"name": strange}
        case "required":
            return _t("“%(name)s” is missing. Send the report as the scanner wrote it.") % {
                "name": error.message.split("'")[1]
            }
        case "const" if list(error.absolute_path) == ["format"]:
            return _t(
                "This is another form of report than this application reads. Fetch scan.pyz from here again, and scan."
            )
        case "enum" | "const":
            known_words = listed(wanted if isinstance(wanted, list) else [wanted])
            return _t("This is none of the choices: %(known)s.") % {"known": known_words}
        case "maxItems" | "maxLength" | "maxProperties":
            return _t("This is longer than %(limit)d. Scan a smaller part, or accept what stays by a baseline.") % {
                "limit": wanted
            }
        case "type":
            return _t("This has to be of the type %(type)s.") % {
                "type": listed(wanted if isinstance(wanted, list) else [wanted])
            }
    return _t("This is not as the scanner writes it (%(rule)s). The schema says how.") % {"rule": error.validator}
