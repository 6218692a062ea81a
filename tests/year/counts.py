"""Counted again in plain SQL over marks, evidence, waivers and history: no counter, statement or code of the product."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

#: One row for each required step of each person, with how it stands. What scans say counts where nobody has said anything else;
#: something found again counts more than what was said before.
STEPS = """
    SELECT c.id AS checklist, s.id AS step, s.scan, s.workflow_id AS workflow,
           CASE WHEN m.id IS NULL AND e.verdict = 'clean' THEN 'done'
                WHEN m.id IS NULL AND e.verdict = 'not_used' THEN 'not_applicable'
                WHEN m.id IS NULL THEN 'open'
                WHEN e.verdict = 'regressed' AND m.at <= e.found_at AND m.state <> 'blocked' THEN 'open'
                ELSE m.state END AS state,
           e.verdict IN ('clean', 'not_used') AND coalesce(m.state, 'done') <> 'blocked' AS verified, s.must_be_verified AS must
    FROM planning_checklist c
    JOIN planning_step s ON s.ban_id = c.ban_id AND s.per = 'person' AND s.required AND s.removed_at IS NULL
    LEFT JOIN planning_mark m ON m.checklist_id = c.id AND m.step_id = s.id
    LEFT JOIN planning_evidence e ON e.migration_id = c.migration_id AND e.step_id = s.id AND e.set_aside_at IS NULL
    WHERE c.ban_id = %(ban)s AND c.stopped_why = ''
"""
#: Whoever is under a ban in force is counted where they are at home now; under one that has ended, where they were then.
PEOPLE = f"""
    WITH stands AS (
        SELECT *, state IN ('done', 'not_applicable') AND (coalesce(verified, false) OR NOT must) AS finished
        FROM ({STEPS}) AS each
    ), open AS (
        SELECT c.id AS checklist, w.id AS waiver, w.for_all,
               (SELECT count(*) FROM stands WHERE stands.checklist = c.id AND NOT finished AND step NOT IN (
                    SELECT step_id FROM planning_waiver_steps WHERE waiver_id = w.id)) AS left
        FROM planning_checklist c JOIN planning_waiver w ON w.checklist_id = c.id AND w.state = 'granted'
        WHERE c.ban_id = %(ban)s
    ), counted AS (
        SELECT checklist, count(*) AS asked, count(*) FILTER (WHERE finished) AS finished,
               count(*) FILTER (WHERE state = 'blocked') AS blocked, count(*) FILTER (WHERE verified) AS verified,
               count(*) FILTER (WHERE scan = 'clean') AS scannable, count(*) FILTER (WHERE scan = 'clean' AND verified) AS proven
        FROM stands GROUP BY checklist
    )
    SELECT c.id, p.name, p.email, coalesce(t.path, g.path), counted.finished, counted.asked, counted.verified,
           CASE WHEN counted.finished = counted.asked THEN 'done'
                WHEN open.waiver IS NOT NULL AND (open.for_all OR open.left = 0) THEN 'waived'
                WHEN counted.blocked > 0 THEN 'blocked'
                WHEN EXISTS (SELECT FROM planning_mark m JOIN planning_step s ON s.id = m.step_id
                             WHERE m.checklist_id = c.id AND s.removed_at IS NULL) THEN 'started'
                ELSE 'not_started' END,
           counted.finished = counted.asked AND counted.scannable > 0 AND counted.proven = counted.scannable,
           (SELECT max(at) FROM planning_event e WHERE e.checklist_id = c.id AND e.verb IN
                ('marked_done', 'marked_blocked', 'marked_not_applicable', 'mark_undone'))
    FROM planning_checklist c JOIN counted ON counted.checklist = c.id JOIN people_user p ON p.id = c.person_id
    LEFT JOIN open ON open.checklist = c.id
    JOIN planning_ban b ON b.id = c.ban_id JOIN planning_migration g ON g.id = c.migration_id
    LEFT JOIN people_membership h ON h.user_id = p.id AND h.is_home AND b.state = 'published'
    LEFT JOIN people_team t ON t.id = h.team_id
    WHERE c.ban_id = %(ban)s AND c.stopped_why = ''
"""
#: The same at an instant, from the lines of history alone: the last word about each step before it. (Without evidence of scans.)
THEN = """
    WITH said AS (
        SELECT DISTINCT ON (e.checklist_id, e.step_id) e.checklist_id, e.step_id,
               CASE e.verb WHEN 'return_taken_back' THEN 'marked_' || (e.data->>'state') ELSE e.verb END AS verb
        FROM planning_event e WHERE e.ban_id = %(ban)s AND e.checklist_id IS NOT NULL AND e.step_id IS NOT NULL AND e.at < %(end)s
          AND e.verb IN ('marked_done', 'marked_blocked', 'marked_not_applicable', 'mark_undone', 'step_reopened',
                         'mark_returned', 'return_taken_back')
        ORDER BY e.checklist_id, e.step_id, e.at DESC, e.id DESC
    ), steps AS (
        SELECT c.id AS checklist, s.id AS step, s.required, said.verb
        FROM planning_checklist c JOIN planning_step s ON s.ban_id = c.ban_id AND s.per = 'person'
        LEFT JOIN said ON said.checklist_id = c.id AND said.step_id = s.id
        WHERE c.ban_id = %(ban)s AND c.created_at < %(end)s
    ), counted AS (
        SELECT checklist, count(*) FILTER (WHERE required AND verb IN ('marked_done', 'marked_not_applicable')) AS finished,
               count(*) FILTER (WHERE required) AS asked, count(*) FILTER (WHERE required AND verb = 'marked_blocked') AS blocked,
               count(*) FILTER (WHERE verb LIKE 'marked%%') AS touched FROM steps GROUP BY checklist
    ), waived AS (
        SELECT w.checklist_id AS checklist, bool_or(w.for_all) AS for_all, min((
                   SELECT count(*) FROM steps WHERE steps.checklist = w.checklist_id AND required
                     AND coalesce(verb, '') NOT IN ('marked_done', 'marked_not_applicable')
                     AND step NOT IN (SELECT step_id FROM planning_waiver_steps WHERE waiver_id = w.id))) AS left
        FROM planning_waiver w WHERE w.ban_id = %(ban)s AND w.granted_at < %(end)s
          AND (w.ended_at IS NULL OR w.ended_at >= %(end)s) GROUP BY 1
    )
    SELECT p.email, t.path, counted.finished, counted.asked,
           CASE WHEN counted.finished = counted.asked THEN 'done'
                WHEN waived.checklist IS NOT NULL AND (waived.for_all OR waived.left = 0) THEN 'waived'
                WHEN counted.blocked > 0 THEN 'blocked' WHEN counted.touched > 0 THEN 'started' ELSE 'not_started' END,
           c.stopped_why
    FROM counted JOIN planning_checklist c ON c.id = counted.checklist JOIN people_user p ON p.id = c.person_id
    JOIN planning_migration g ON g.id = c.migration_id JOIN people_team t ON t.id = g.team_id
    LEFT JOIN waived ON waived.checklist = c.id
"""


@dataclass(frozen=True)
class Person:
    """One person under a ban, as counted here."""

    checklist: int
    name: str
    email: str
    path: str
    finished: int
    asked: int
    verified_steps: int
    state: str
    is_verified: bool
    last: datetime | None


@dataclass(frozen=True)
class Figures:
    """So many people, by where they stand."""

    people: int = 0
    done: int = 0
    verified: int = 0
    started: int = 0
    blocked: int = 0
    waived: int = 0
    not_started: int = 0

    @classmethod
    def of(cls, people: Iterable[Person], path: str = "") -> "Figures":
        """Of the team at `path` with all below, or of all."""
        here = [one for one in people if not path or one.path == path or one.path.startswith(f"{path}/")]
        return cls.of_states((one.state for one in here), sum(one.is_verified for one in here))

    @classmethod
    def of_states(cls, states: Iterable[str], verified: int = 0) -> "Figures":
        found = Counter(states)
        return cls(
            found.total(),
            found["done"],
            verified,
            *(found[key] for key in ("started", "blocked", "waived", "not_started")),
        )

    @property
    def open(self) -> int:
        return self.started + self.blocked + self.not_started

    @property
    def percent(self) -> int:
        """Rounded; but nobody reads 100 % before all are done, or 0 % once somebody is."""
        if self.done in (0, self.people):
            return 100 if self.done else 0
        return min(max(round(100 * self.done / self.people), 1), 99)

    @property
    def legend(self) -> list[int]:
        """The numbers under a progress bar: those that are none are not written."""
        parts = [each for each in (self.started, self.blocked, self.waived, self.not_started) if each]
        return [self.done, self.people, *parts]


def rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def one(statement: str, **values: Any) -> Any:
    return rows(statement, **values)[0][0]


def people(ban: int) -> list[Person]:
    return [Person(*row) for row in rows(PEOPLE, ban=ban)]


def then(ban: int, end: datetime) -> list[tuple[Any, ...]]:
    """(address, path, finished, asked, state, why stopped since) of everybody who had a checklist before `end`."""
    return rows(THEN, ban=ban, end=end)
