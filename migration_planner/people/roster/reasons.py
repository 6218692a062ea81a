"""Why a row cannot be taken, and why a whole file cannot: sentences that say what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from migration_planner.lib.copying import Statement, word_of
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport, User
from migration_planner.people.roster.comparing import MOST_LEAVERS_IN_HUNDRED, Comparison
from migration_planner.people.roster.reading import COLUMNS
from migration_planner.people.roster.sets import fetch, stream

FIELDS: dict[str, Promise] = {
    "email": _("email address"),
    "name": _("name"),
    "team": _("team"),
    "role": _("role"),
    "home_team": _("home team"),
    "timezone": _("time zone"),
    "language": _("language"),
    "manager": _("manager"),
    "site": _("site"),
    "external_id": _("external id"),
    "active": _("active"),
}

REASONS: dict[str, Promise] = {
    "no_address": _("There is no email address."),
    "malformed_address": _("“%(detail)s” is not an email address."),
    "no_name": _("There is no name."),
    "too_long": _("This is too long: %(field)s."),
    "unknown_zone": _("“%(detail)s” is not a time zone. Write one like Asia/Shanghai or Europe/Berlin."),
    "unknown_role": _("“%(detail)s” is not a role. Write member or lead."),
    "neither_yes_nor_no": _("Write yes or no in this column: %(field)s."),
    "no_team": _("There is no team."),
    "gap_in_team": _("The team path “%(detail)s” has an empty name in it."),
    "dots_in_team": _("The team path “%(detail)s” has dots in the place of a name."),
    "team_loops": _("The team path “%(detail)s” loops: it comes back to the team it begins with."),
    "surplus": _("The row has more cells than the file has headings (%(detail)s too many)."),
    "contradicts": _("Line %(other_line)s says something else of this person: %(field)s."),
    "second_home": _("A second home team: line %(other_line)s names “%(detail)s”. Everybody has one."),
    "external_id_twice": _("Line %(other_line)s gives the same external id to %(detail)s."),
    "external_id_of_another": _("The external id belongs to %(detail)s, and this address to somebody else."),
    "needs_an_administrator": _(
        "This is a new address for %(detail)s. Whoever has an address can set its password, so only administrators "
        "give people another one. Nothing changes for this person."
    ),
    "address_of_another": _("The address belongs to the person with the external id %(detail)s."),
    "own_manager": _("A person cannot be their own manager."),
    "unknown_manager": _("The manager %(detail)s is neither in the file nor known here."),
    "managers_in_a_circle": _("The managers form a circle: following %(detail)s upwards leads back to this person."),
}

_CELLS = ", ".join(f"row.{name}" for name in COLUMNS)
BAD_ROWS = f"""
    SELECT problem.line, problem.code, problem.detail, problem.other_line, {_CELLS}
    FROM people_rosterproblem AS problem LEFT JOIN people_rosterrow AS row USING (roster_import_id, line)
    WHERE problem.roster_import_id = %(import)s ORDER BY problem.line, problem.code, problem.detail
"""  # noqa: S608 - constants of ours
LEAVING_ADMINISTRATORS = """
    SELECT known.name FROM roster_leaver AS leaver JOIN people_user AS known ON known.id = leaver.user_id
    WHERE known.is_administrator
"""


def reason(code: str, detail: str, other_line: int | None) -> str:
    """The sentence for one problem, in the reader's language."""
    values = {"detail": detail, "field": FIELDS.get(detail, detail), "other_line": other_line}
    return str(REASONS[code]) % values


@dataclass(frozen=True)
class BadRow:
    line: int
    reason: str
    #: One cell for each of COLUMNS; None once they are not kept any more.
    cells: tuple[str | None, ...]


def bad_rows(import_: RosterImport, *, limit: int | None = None) -> Iterator[BadRow]:
    """What the preview has found wrong, by line; streamed, since a file may be wrong in every row."""
    rows = stream(f"{BAD_ROWS} LIMIT %(limit)s", {"import": import_.pk, "limit": limit})
    for line, code, detail, other_line, *found in rows:
        yield BadRow(line, reason(code, detail, other_line), tuple(found))


def bad_rows_statement(import_: RosterImport) -> Statement:
    """The same rows with their sentences, in the reader's language, for a file that the database writes."""
    values: dict[str, Any] = {"import": import_.pk}
    field = word_of("detail", FIELDS.items(), values)
    said = word_of("code", REASONS.items(), values)
    # What was typed comes last: nothing is filled into it.
    for name, value in (("field", field), ("other_line", "other_line::text"), ("detail", "detail")):
        values[f"place_{name}"] = f"%({name})s"
        said = f"replace({said}, %(place_{name})s, coalesce({value}, ''))"
    return Statement(f"SELECT line, {said}, {', '.join(COLUMNS)} FROM ({BAD_ROWS}) AS bad", values)  # noqa: S608 - ours


def found_problems(limit: int | None = None) -> list[dict[str, Any]]:
    """The problems that `compare` has found in this same transaction: line and reason."""
    rows = fetch(
        "SELECT DISTINCT line, code, detail, other_line FROM roster_problem ORDER BY line, code LIMIT %s", [limit]
    )
    return [{"line": row.pop("line"), "reason": reason(**row)} for row in rows]


def require_applicable(import_: RosterImport, comparison: Comparison, *, by: User | None) -> None:
    """Raise DomainError when the file has bad rows, too many would leave, or it touches those whom `by` must not touch."""
    if comparison.bad_rows and not import_.skip_bad:
        first = found_problems(limit=1)[0]
        sentence = ngettext(
            "%(rows)d row cannot be taken: line %(line)d: %(reason)s Correct it, or go on without it.",
            "%(rows)d rows cannot be taken, the first is line %(line)d: %(reason)s Correct them, or go on without them.",
            comparison.bad_rows,
        )
        raise DomainError(sentence % {"rows": comparison.bad_rows, **first})
    if comparison.too_many_leave and not import_.confirm_leavers:
        raise DomainError(
            _t(
                "%(leavers)d of %(people)d people would leave, more than %(most)d %%. "
                "Check that the file is complete; if they do leave, confirm it."
            )
            % {
                "leavers": comparison.counts["leavers"],
                "people": comparison.people_before,
                "most": MOST_LEAVERS_IN_HUNDRED,
            }
        )
    _require_an_administrator()
    if by and not by.is_administrator:
        _require_administrators_stay()


def _require_an_administrator() -> None:
    stay = "SELECT id FROM people_user WHERE is_active AND is_administrator AND id NOT IN (SELECT user_id FROM roster_leaver)"
    if fetch(f"{LEAVING_ADMINISTRATORS} LIMIT 1") and not fetch(f"{stay} LIMIT 1"):
        raise DomainError(
            _t("The last administrator would leave. Add this person to the file, or name another one first.")
        )


def _require_administrators_stay() -> None:
    """An owner's file must not end the account of somebody who could stop them."""
    if touched := fetch(f"{LEAVING_ADMINISTRATORS} ORDER BY name LIMIT 1"):
        raise DomainError(_t("This file lets %(name)s leave. Ask an administrator to apply it.") % touched[0])
