"""Signals of use: brought in by COPY and a few statements, however many they are; the last use of each person kept beside them;
the old ones forgotten.

The same (person, tool, day, source) replaces what was there, so a file can be sent again. A row that cannot be taken is named
with its line and what to do about it; unless it is said to go on without such rows, nothing of the file is taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import contradicting, use_counts
from migration_planner.planning.models import Ban, Contradiction, Event
from migration_planner.planning.models.signals import hold_signals
from migration_planner.planning.signal_files import Row

#: What is wrong with a row, and what to do.
SENTENCES: dict[str, "str | Promise"] = {
    "no_person": _("The person is missing. Write their address."),
    "no_tool": _("The tool is missing. Write its name as the catalogue has it."),
    "no_source": _("The source is missing. Write where the figure comes from, such as “sso” or “licence server”."),
    "long_person": _("The address is longer than 254 characters. Write the person's address in the roster."),
    "long_tool": _("The name of the tool is longer than 120 characters. Write it as the catalogue has it."),
    "long_source": _("The source is longer than 80 characters. Write a short name."),
    "no_day": _("This is not a day. Write it as 2026-11-23."),
    "no_count": _("The count is not a whole number. Write how often the tool was used, 0 for not at all."),
    "unknown_person": _("Nobody here has this address. Correct it, or import the roster first."),
    "left": _("This person has left, and nothing is kept of who has left. Leave the row out."),
    "unknown_tool": _("No tool is called so here. Write its name as the catalogue has it, or add the tool there."),
    "future": _("This day is still to come. Correct it."),
    "old": _("This day is longer ago than signals are kept. Leave the row out."),
    "twice": _("An earlier row says the same person, tool, day and source. Leave one of the two."),
}


@dataclass(frozen=True)
class Problem:
    """A row that cannot be taken, and why."""

    line: int
    code: str
    cells: tuple[str, ...]

    @property
    def reason(self) -> str:
        return str(SENTENCES[self.code])


@dataclass(frozen=True)
class Taken:
    """What a file is, or was, good for: rows in all, new ones, those with another count than before, known ones, bad ones."""

    rows: int
    added: int
    replaced: int
    same: int
    bad: int
    problems: list[Problem] = field(default_factory=list)
    applied: bool = False

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("rows", "added", "replaced", "same", "bad")}


class BadRows(DomainError):
    """Some rows cannot be taken, so none was. `taken` says which and why."""

    def __init__(self, taken: Taken) -> None:
        words = ngettext(
            "%(count)d row cannot be taken, so nothing was. Correct it and send the file again, or go on without it.",
            "%(count)d rows cannot be taken, so nothing was. Correct them and send the file again, or go on without them.",
            taken.bad,
        )
        super().__init__(words % {"count": taken.bad})
        self.taken = taken


STAGED = """
    DROP TABLE IF EXISTS pg_temp.staged_signal, pg_temp.checked_signal;
    CREATE TEMP TABLE staged_signal (line bigint, person text, tool text, day date, count int, source text, problem text)
        ON COMMIT DROP
"""
#: What each row means, in one pass: the cells of a row in order, then person, tool, day, and whether it was there before.
CHECKED = """
    CREATE TEMP TABLE checked_signal ON COMMIT DROP AS
    WITH known AS (
        SELECT row.line, row.person, row.tool, row.day, row.count, row.source, person.id AS person_id, tool.id AS tool_id,
               CASE WHEN row.problem <> '' THEN row.problem WHEN person.id IS NULL THEN 'unknown_person'
                    WHEN NOT person.is_active THEN 'left' WHEN tool.id IS NULL THEN 'unknown_tool'
                    -- Somewhere it is tomorrow already.
                    WHEN row.day > %(today)s::date + 1 THEN 'future' WHEN row.day < %(oldest)s::date THEN 'old'
                    ELSE '' END AS problem
        FROM staged_signal AS row LEFT JOIN people_user AS person ON person.email = row.person
        LEFT JOIN planning_tool AS tool ON lower(tool.name) = lower(row.tool)
    )
    SELECT line, person, tool, day, count, source, person_id, tool_id, CASE WHEN problem = '' AND
           row_number() OVER (PARTITION BY problem, person_id, tool_id, day, source ORDER BY line) > 1 THEN 'twice'
           ELSE problem END AS problem
    FROM known
"""
GOOD = "SELECT person_id, tool_id, day, count, source FROM checked_signal WHERE problem = ''"
COUNT = f"""
    SELECT (SELECT count(*) FROM checked_signal), count(*) FILTER (WHERE known.id IS NULL),
           count(*) FILTER (WHERE known.count <> good.count), count(*) FILTER (WHERE known.count = good.count),
           (SELECT count(*) FROM checked_signal WHERE problem <> '')
    FROM ({GOOD}) AS good LEFT JOIN planning_signal AS known USING (person_id, tool_id, day, source)
"""  # noqa: S608 - constants of this module
CHANGED = """
    DROP TABLE IF EXISTS pg_temp.changed_pair;
    CREATE TEMP TABLE changed_pair (person_id bigint, tool_id bigint, may_end boolean) ON COMMIT DROP
"""
#: Whose use of which tool may be another one now; it can only end where a source has said "none".
PUT = f"""
    WITH put AS (
        INSERT INTO planning_signal (person_id, tool_id, day, count, source) {GOOD}
        ON CONFLICT (person_id, tool_id, day, source) DO UPDATE SET count = excluded.count
        WHERE planning_signal.count <> excluded.count
        RETURNING person_id, tool_id, count
    )
    INSERT INTO changed_pair SELECT person_id, tool_id, bool_or(count = 0) FROM put GROUP BY 1, 2
"""  # noqa: S608 - as above
SOURCES = """
    INSERT INTO planning_signalsource (tool_id, source, newest_day, received_at)
    SELECT tool_id, source, max(day), %(now)s FROM checked_signal WHERE problem = '' GROUP BY 1, 2
    ON CONFLICT (tool_id, source) DO UPDATE
    SET newest_day = greatest(planning_signalsource.newest_day, excluded.newest_day), received_at = excluded.received_at
"""
LAST = """
    SELECT signal.day FROM planning_signal AS signal WHERE signal.person_id = pair.person_id AND signal.tool_id = pair.tool_id
    AND signal.count > 0 ORDER BY signal.day DESC LIMIT 1
"""
USES = [
    f"""INSERT INTO planning_use (person_id, tool_id, last_day)
        SELECT pair.person_id, pair.tool_id, last.day FROM changed_pair AS pair, LATERAL ({LAST}) AS last
        ON CONFLICT (person_id, tool_id) DO UPDATE SET last_day = excluded.last_day
        WHERE planning_use.last_day <> excluded.last_day""",  # noqa: S608 - as above
    f"""DELETE FROM planning_use AS pair USING changed_pair AS changed WHERE changed.may_end
        AND changed.person_id = pair.person_id AND changed.tool_id = pair.tool_id AND NOT EXISTS ({LAST})""",  # noqa: S608
]
#: After so many new rows PostgreSQL would plan what follows for the old sizes.
MANY = 5_000
#: The bans in force that one of the touched tools decides about.
TOUCHED = "SELECT DISTINCT tool_id FROM checked_signal WHERE problem = ''"


@transaction.atomic
def take(
    rows: Iterable[Row], *, by: User | None, now: datetime, apply: bool, skip_bad: bool = False, most: int = 1000
) -> Taken:
    """Take rows of signals in, or (without `apply`) only say what they are good for. `rows` are read during a COPY, so what
    yields them must not ask the database.

    `most` is how many problems are named. Raises BadRows when some cannot be taken and `skip_bad` does not go on without
    them, DomainError when there is no row at all.
    """
    _stage(rows)
    _run(CHECKED, today=now.date(), oldest=oldest_day(now))
    _run("ANALYZE checked_signal")
    taken = _count(most, applied=apply)
    if not taken.rows:
        raise DomainError(_t("There is no row in it. Nothing was brought in."))
    if apply and taken.bad and not skip_bad:
        raise BadRows(taken)
    if apply:
        _write(taken, by=by, now=now)
    return taken


def oldest_day(now: datetime) -> Any:
    """The first day of which signals are kept."""
    return now.date() - timedelta(days=settings.SIGNALS_KEEP_DAYS)


def _write(taken: Taken, *, by: User | None, now: datetime) -> None:
    hold_signals()
    before = use_counts.newest()
    _run(CHANGED)
    changed = _run(PUT)
    _run("ANALYZE changed_pair")
    _run(SOURCES, now=now)
    for statement in USES:
        _run(statement)
    if changed >= MANY:
        _run("ANALYZE planning_signal, planning_use")
    Event.record(Event.Verb.SIGNALS_IMPORTED, by=by, now=now, data=taken.counts())
    tools = [tool for (tool,) in _fetch(TOUCHED)]
    for ban in contradicting.decided_by(tools):
        contradicting.find_touched(ban, now=now)
    use_counts.follow(tools, before)


def _stage(rows: Iterable[Row]) -> None:
    """COPY in its text format, many rows at a time: cells are clean (no tabs, no line breaks), so they are only joined."""
    lines = ("\t".join(map(_cell, row)) + "\n" for row in rows)
    with connection.cursor() as cursor:
        cursor.execute(STAGED)
        statement = "COPY staged_signal (line, person, tool, day, count, source, problem) FROM STDIN"
        with cast(Any, cursor).copy(statement) as copy:
            while block := list(islice(lines, 2000)):
                copy.write("".join(block))
        cursor.execute("ANALYZE staged_signal")


def _cell(value: Any) -> str:
    return r"\N" if value is None else str(value).replace("\\", "\\\\")


def _count(most: int, *, applied: bool) -> Taken:
    rows, added, replaced, same, bad = _fetch(COUNT)[0]
    found = _fetch(
        "SELECT line, problem, person, tool, coalesce(day::text, ''), coalesce(count::text, ''), source "
        "FROM checked_signal WHERE problem <> '' ORDER BY line LIMIT %(most)s",
        most=most,
    )
    problems = [Problem(line, code, tuple(cells)) for line, code, *cells in found]
    return Taken(rows, added, replaced, same, bad, problems, applied)


@transaction.atomic
def forget(*, now: datetime) -> int:
    """Delete the signals that have been kept long enough, and what was derived from them alone. Returns how many signals."""
    hold_signals()
    oldest = oldest_day(now)
    gone = _run("DELETE FROM planning_signal WHERE day < %(oldest)s", oldest=oldest)
    if _run("DELETE FROM planning_use WHERE last_day < %(oldest)s", oldest=oldest):
        use_counts.recount_all()
    Contradiction.objects.filter(closed_at__isnull=False, day__lt=oldest).delete()
    if gone:
        Event.record(Event.Verb.SIGNALS_FORGOTTEN, by=None, now=now, data={"signals": gone})
    return gone


def look(*, now: datetime) -> int:
    """What the clock does about signals: forget old ones, see which contradictions hold. Returns how many were forgotten."""
    gone = forget(now=now)
    for ban in Ban.objects.live().order_by("pk"):
        with transaction.atomic():
            contradicting.find(ban, now=now)
    return gone


def _run(statement: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _fetch(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
