"""What is wrong with a playbook file: each mistake with its line, its place, and what to do about it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path as File
from typing import Any

from django.utils.translation import gettext as _t
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from migration_planner.lib.lists import listed
from migration_planner.planning.playbooks import contradictions
from migration_planner.planning.playbooks.files import Path, Unreadable, Written, load

SCHEMA = File(__file__).parent / "schema.json"


@dataclass(frozen=True)
class Problem:
    """One mistake. `line` counts from 1; `place` is a way through the file: workflows → [2] (mcp) → sources."""

    line: int | None
    place: str
    message: str

    def __str__(self) -> str:
        where = [*([_t("line %(line)d") % {"line": self.line}] if self.line else [])]
        where += [_t("at %(place)s") % {"place": self.place}] if self.place else []
        return f"{', '.join(where)}: {self.message}" if where else self.message


def schema() -> str:
    """The published JSON Schema, as text."""
    return SCHEMA.read_text("utf-8")


def check(raw: bytes, *, slug: str | None = None, today: date | None = None) -> tuple[Any, list[Problem]]:
    """The data of a file, and what is wrong with it, in the order of its lines; the data are sound when nothing is.

    `slug` is the one the name of the file promises; `today` refuses checks that lie ahead. Neither is looked at when None.
    """
    try:
        written = load(raw)
    except Unreadable as error:
        return None, [Problem(error.line, "", str(error))]
    if written.data is None:
        return None, [
            Problem(None, "", _t("the file is empty. Begin with the example of the guide, docs/playbooks.md."))
        ]
    found = [_at(written, path, message) for path, message in _of_the_schema(written.data)]
    if not found:
        wrong = contradictions.find(written.data, slug=slug, today=today)
        found = [_at(written, path, message) for path, message in wrong]
    return written.data, sorted(set(found), key=lambda problem: (problem.line or 0, problem.place, problem.message))


def _at(written: Written, path: Path, message: str) -> Problem:
    return Problem(written.line(path), _place(path, written.data), message)


def _place(path: Path, data: Any) -> str:
    """Where in the file, in words a person can follow: "workflows → [2] (mcp) → sources"."""
    words, here = [], data
    for part in path:
        here = here[part] if isinstance(here, list) or (isinstance(here, dict) and part in here) else None
        key = here.get("key") if isinstance(here, dict) else None
        words.append(f"[{part}]" + (f" ({key})" if key else "") if isinstance(part, int) else str(part))
    return " → ".join(words) or _t("the top of the file")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema()), format_checker=FormatChecker())


def _of_the_schema(data: Any) -> Iterator[tuple[Path, str]]:
    for error in _validator().iter_errors(data):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            yield from ((_to(path, name), message) for name, message in _strange(error))
        else:
            yield path, _sentence(error)


def _to(path: Path, name: Any) -> Path:
    return (*path, name if isinstance(name, str) else str(name))


def _strange(error: ValidationError) -> Iterator[tuple[Any, str]]:
    """Fields that do not exist, with the one that was probably meant."""
    known = sorted(error.schema.get("properties", {}))
    for name in error.instance:
        if name in known:
            continue
        close = get_close_matches(str(name), known, 1)
        if close:
            words = _t("there is no field “%(name)s” here. Did you mean “%(close)s”?")
            yield name, words % {"name": name, "close": close[0]}
        else:
            words = _t("there is no field “%(name)s” here. Remove it; the fields are: %(known)s.")
            yield name, words % {"name": name, "known": listed(known)}


def _sentence(error: ValidationError) -> str:
    """A mistake that the schema found, as what to do."""
    value, wanted = error.instance, error.validator_value
    shown = str(value) if len(str(value)) < 60 else f"{str(value)[:60]}…"
    match error.validator:
        case "required":
            missing = error.message.split("'")[1]
            return _t("“%(name)s” is missing. Add it.") % {"name": missing}
        case "type":
            return _wrong_type(value, str(wanted))
        case "enum" | "const":
            known = listed(wanted if isinstance(wanted, list) else [wanted])
            return _t("“%(value)s” is none of the choices. Write one of: %(known)s.") % {"value": shown, "known": known}
        case "pattern" | "format":
            return _wrong_form(error, shown)
        case "uniqueItems":
            return _t("something stands here twice. Keep one of them.")
    return _wrong_size(error, shown)


def _wrong_size(error: ValidationError, shown: str) -> str:
    wanted = error.validator_value
    match error.validator:
        case "minItems" | "minProperties":
            return _t("this is too short; it needs at least %(count)d. Add one, or remove the field.") % {
                "count": wanted
            }
        case "minLength":
            return _t("this is empty. Write it, or remove the field.")
        case "maxLength":
            words = _t("this has %(count)d characters; %(limit)d are allowed. Shorten it.")
            return words % {"count": len(error.instance), "limit": wanted}
        case "minimum" | "maximum":
            words = _t("%(value)s is outside of %(least)s to %(most)s. Write a number in between.")
            return words % {"value": shown, "least": error.schema["minimum"], "most": error.schema["maximum"]}
    return str(error.message)


def _wrong_type(value: Any, wanted: str) -> str:
    names = {
        "string": _t("a text"),
        "integer": _t("a whole number"),
        "array": _t("a list, each entry after a hyphen"),
        "object": _t("fields, each with a name and a colon"),
        "boolean": _t("true or false"),
    }
    if value is None:
        return _t("nothing stands here. Write %(wanted)s.") % {"wanted": names.get(wanted, wanted)}
    told = _t("this has to be %(wanted)s.") % {"wanted": names.get(wanted, wanted)}
    if wanted == "string" and isinstance(value, bool | int | float):
        told += " " + _t("YAML reads “%(value)s” as something else; put it in quotes.") % {"value": value}
    return told


def _wrong_form(error: ValidationError, shown: str) -> str:
    """A text that does not look as it has to."""
    form = {
        "^[a-z0-9]+(-[a-z0-9]+)*$": _t("lower-case letters, digits and single hyphens, such as own-commands"),
        "^[0-9]+([.-][0-9]+)*$": _t("numbers with dots or hyphens, such as 3 or 2026-11-25"),
        "^https://[^\\s]+$": _t("an address that begins with https://"),
        "^\\d{4}-\\d{2}-\\d{2}$": _t("a day such as 2026-11-25"),
        "^[^\\n]*\\S[^\\n]*$": _t("one line with words in it"),
        "\\S": _t("words, not spaces alone"),
    }.get(error.validator_value)
    if error.validator == "format":
        form = _t("a day that exists, such as 2026-11-25")
    if form is None:
        form = error.schema.get("description") or error.validator_value
    return _t("“%(value)s” does not fit. Write %(form)s.") % {"value": shown, "form": str(form).rstrip(".")}
