"""How each step stands: a person's own mark and the evidence of the scans, weighed together.

The one place that says so for the database; `Line` of outline.py says the same of single rows, and a test holds them equal.
A mark is never written over: it says what its author said, and evidence stands beside it (docs/decisions/0013).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from migration_planner.lib.statements import rows

#: The part of a ban that is counted: all of it, or (with a path) the team at that path and all below.
PART = """
    (%(path)s::text IS NULL OR migration.path = %(path)s COLLATE "C"
     OR (migration.path >= (%(path)s || '/') COLLATE "C" AND migration.path < (%(path)s || '0') COLLATE "C"))
"""

#: The state of a step. Evidence of a regression counts more than a finished mark made before it, any other mark more than it.
STATE = """
    CASE WHEN known.verdict = 'regressed' AND known.state IN ('done', 'not_applicable') AND known.at <= known.found_at THEN 'open'
         WHEN known.state IS NOT NULL THEN known.state
         WHEN known.verdict = 'clean' THEN 'done'
         WHEN known.verdict = 'not_used' THEN 'not_applicable'
         ELSE 'open' END
"""
#: Whether it is finished and the scans say so too.
VERIFIED = """(
    coalesce(known.verdict, '') IN ('clean', 'not_used') AND coalesce(known.state, 'done') IN ('done', 'not_applicable')
)"""
FINISHED = f"({STATE} IN ('done', 'not_applicable') AND ({VERIFIED} OR NOT step.must_be_verified))"


def known(mark: str, migration: str, per: str) -> str:
    """Each step with a mark or with evidence, of one holder: rows (step_id, state, at, verdict, found_at, since).

    `mark` is the condition over `mark` that finds the holder's own, `migration` the column of the migration, `per` whose steps.
    """
    return f"""
        SELECT mark.step_id, mark.state, mark.at, evidence.verdict, evidence.found_at, evidence.since
        FROM planning_mark AS mark LEFT JOIN planning_evidence AS evidence
          ON evidence.migration_id = {migration} AND evidence.step_id = mark.step_id AND evidence.set_aside_at IS NULL
        WHERE {mark}
        UNION ALL
        SELECT evidence.step_id, NULL, NULL, evidence.verdict, evidence.found_at, evidence.since
        FROM planning_evidence AS evidence JOIN planning_step AS asked ON asked.id = evidence.step_id AND asked.per = '{per}'
        WHERE evidence.migration_id = {migration} AND evidence.set_aside_at IS NULL
          AND NOT EXISTS (SELECT FROM planning_mark AS mark WHERE {mark} AND mark.step_id = evidence.step_id)
    """  # noqa: S608 - constants of ours


#: Of a checklist and of a migration that the statement around it calls so.
OF_CHECKLIST = known("mark.checklist_id = checklist.id", "checklist.migration_id", "person")
OF_MIGRATION = known("mark.migration_id = migration.id", "migration.id", "team")


#: What is counted of `known` steps, each joined to its `step`.
SUMS = f"""
    count(*) FILTER (WHERE step.required AND {FINISHED}) AS finished,
    count(*) FILTER (WHERE step.required AND {STATE} = 'blocked') AS blocked,
    count(*) FILTER (WHERE step.required AND {VERIFIED}) AS verified,
    count(*) FILTER (WHERE step.required AND step.scan = 'clean' AND {VERIFIED}) AS proven,
    count(known.state) AS touched, min(known.at) AS first_at, max(known.at) AS last_at,
    max(coalesce(known.at, known.since)) AS latest_at
"""
ASKED = "JOIN planning_step AS step ON step.id = known.step_id AND step.removed_at IS NULL"


def tally(of: str) -> str:
    """What is counted of one holder. `of` is one of the two above. One row."""
    return f"SELECT {SUMS} FROM ({of}) AS known {ASKED}"  # noqa: S608 - as above


def _of_ban(table: str, migration: str, per: str) -> str:
    """`known` of every holder in a part of a ban, with the column `holder`: joined as a whole, not looked up one by one."""
    holders = (
        "planning_checklist AS checklist JOIN planning_migration AS migration ON migration.id = checklist.migration_id"
    )
    holders = holders if table == "checklist" else "planning_migration AS migration"
    return f"""
        SELECT {table}.id AS holder, mark.step_id, mark.state, mark.at, evidence.verdict, evidence.found_at, evidence.since
        FROM {holders} JOIN planning_mark AS mark ON mark.{table}_id = {table}.id
        LEFT JOIN planning_evidence AS evidence
          ON evidence.migration_id = {migration} AND evidence.step_id = mark.step_id AND evidence.set_aside_at IS NULL
        WHERE {table}.ban_id = %(ban)s AND {PART}
        UNION ALL
        SELECT {table}.id, evidence.step_id, NULL, NULL, evidence.verdict, evidence.found_at, evidence.since
        FROM {holders} JOIN planning_evidence AS evidence ON evidence.migration_id = {migration}
        JOIN planning_step AS asked ON asked.id = evidence.step_id AND asked.per = '{per}'
        WHERE {table}.ban_id = %(ban)s AND {PART} AND evidence.set_aside_at IS NULL
          AND NOT EXISTS (SELECT FROM planning_mark AS mark
                          WHERE mark.{table}_id = {table}.id AND mark.step_id = evidence.step_id)
    """  # noqa: S608 - as above


OF_CHECKLISTS = _of_ban("checklist", "checklist.migration_id", "person")
OF_MIGRATIONS = _of_ban("migration", "migration.id", "team")
NUMBERS = ("finished", "blocked", "verified", "proven", "touched")


def tallies(of: str, holder: str) -> str:
    """What `tally` counts, of all holders: joins `counted` to the column `holder`. `of` is one of the two above."""
    numbers = ", ".join(f"coalesce(found.{name}, 0) AS {name}" for name in NUMBERS)
    return f"""
        LEFT JOIN (SELECT known.holder, {SUMS} FROM ({of}) AS known {ASKED} GROUP BY known.holder) AS found
          ON found.holder = {holder}
        CROSS JOIN LATERAL (SELECT {numbers}, found.first_at, found.last_at, found.latest_at) AS counted
    """  # noqa: S608 - as above


@dataclass(frozen=True)
class Tally:
    """Required steps that are finished, blocked, verified, and verified by a clean scan; and all that somebody has marked."""

    finished: int
    blocked: int
    verified: int
    proven: int
    touched: int


#: What scans have said of a migration, and nobody has set aside.
WEIGHED = "SELECT FROM planning_evidence AS evidence WHERE evidence.migration_id = {migration} AND evidence.set_aside_at IS NULL"
COUNTED = "SELECT counted.* FROM planning_{table} AS {table}, LATERAL ({tally}) AS counted WHERE {table}.id = %(pk)s"


def of_checklist(pk: int) -> Tally:
    return _tally(COUNTED.format(table="checklist", tally=tally(OF_CHECKLIST)), pk)


def of_migration(pk: int) -> Tally:
    return _tally(COUNTED.format(table="migration", tally=tally(OF_MIGRATION)), pk)


def _tally(statement: str, pk: int) -> Tally:
    return Tally(*(int(number) for number in rows(statement, pk=pk)[0][:5]))


STANDS = f"""
    SELECT checklist.id, step.id, {STATE}, {FINISHED}
    FROM planning_checklist AS checklist, LATERAL ({OF_CHECKLIST}) AS known
    JOIN planning_step AS step ON step.id = known.step_id AND step.removed_at IS NULL
    WHERE checklist.id = ANY(%(ids)s)
"""  # noqa: S608 - as above


def of_checklists(ids: Iterable[int]) -> dict[int, dict[int, tuple[str, bool]]]:
    """For each checklist, its steps that are not simply open: state, and whether that finishes them. One query."""
    found: dict[int, dict[int, tuple[str, bool]]] = defaultdict(dict)
    for checklist, step, state, finished in rows(STANDS, ids=list(ids)):
        found[checklist][step] = state, finished
    return found
