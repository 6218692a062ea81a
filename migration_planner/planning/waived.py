"""Waivers as the clock sees them: what is over ends by itself, and what waits for nobody is passed on. Set-based.

`ASKED_OR_GRANTED` is the one condition for whatever has to stand still while a waiver is asked for or in force.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from migration_planner.planning import locks
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Ban, Waiver

#: SQL: a waiver for `checklist` was asked for, or is granted. Escalation stops for those.
ASKED_OR_GRANTED = """
    EXISTS (SELECT FROM planning_waiver AS waiver WHERE waiver.checklist_id = checklist.id
            AND waiver.state IN ('requested', 'questioned', 'granted'))
"""

#: Somebody other than the person, the asker and whoever approved before. Owners decide last and nowhere else.
ANOTHER = """
    decider.is_active AND decider.id NOT IN (waiver.person_id, waiver.requested_by_id)
    AND NOT EXISTS (SELECT FROM planning_ban_owners AS owner WHERE owner.ban_id = waiver.ban_id AND owner.user_id = decider.id)
    AND NOT EXISTS (SELECT FROM planning_waiverdecision AS said
                    WHERE said.waiver_id = waiver.id AND said.by_id = decider.id AND said.verdict = 'approved')
"""
#: Who could decide about `waiver` at a level before the owners'.
DECIDERS = {
    Waiver.Level.LEAD: f"""
        SELECT FROM planning_checklist AS checklist JOIN planning_migration AS migration ON migration.id = checklist.migration_id
        JOIN people_team AS team ON team.path IN (
            SELECT array_to_string((string_to_array(migration.path, '/'))[1:level], '/') COLLATE "C"
            FROM generate_series(1, cardinality(string_to_array(migration.path, '/'))) AS level)
        JOIN people_membership AS led ON led.team_id = team.id AND led.role = 'lead'
        JOIN people_user AS decider ON decider.id = led.user_id
        WHERE checklist.id = waiver.checklist_id AND {ANOTHER}
    """,  # noqa: S608 - constants of this module
    Waiver.Level.MANAGER: f"""
        SELECT FROM people_user AS person JOIN people_user AS decider ON decider.id = person.line_manager_id
        WHERE person.id = waiver.person_id AND {ANOTHER}
    """,
}
NEXT_LEVEL = """
    WITH stuck AS (
        SELECT waiver.id FROM planning_waiver AS waiver
        WHERE waiver.state = 'requested' AND waiver.level = %(level)s AND (%(one)s::bigint IS NULL OR waiver.id = %(one)s)
          AND NOT EXISTS ({deciders}) FOR UPDATE SKIP LOCKED
    ), passed AS (
        UPDATE planning_waiver AS waiver
        SET level = CASE WHEN waiver.level = 'lead' AND waiver.levels = 3 THEN 'manager' ELSE 'owner' END
        FROM stuck WHERE stuck.id = waiver.id
        RETURNING waiver.id, waiver.person_id, waiver.requested_by_id, waiver.ban_id, waiver.checklist_id
    ), told AS (
        INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, data)
        SELECT %(now)s, 'waiver_passed', NULL, '', ban_id, checklist_id, person_id,
               jsonb_build_object('waiver', id, 'level', %(level)s::text) FROM passed
    )
    INSERT INTO planning_waiverdecision (waiver_id, person_id, asker_id, level, verdict, by_id, at, words)
    SELECT id, person_id, requested_by_id, %(level)s, 'passed', NULL, %(now)s, '' FROM passed
"""

#: What is over at `now`: granted ones end, and what nobody has decided by the day it was asked for lapses.
END = """
    WITH over AS (
        UPDATE planning_waiver SET ended_at = until_at, state = CASE state WHEN 'granted' THEN 'expired' ELSE 'lapsed' END
        WHERE ban_id = %(ban)s AND state IN ('requested', 'questioned', 'granted') AND until_at <= %(now)s
        RETURNING id, ban_id, checklist_id, person_id, until, state
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, data)
    SELECT %(now)s, 'waiver_expired', NULL, '', ban_id, checklist_id, person_id,
           jsonb_build_object('waiver', id, 'until', until, 'lapsed', state = 'lapsed') FROM over
"""


def keep(*, now: datetime) -> int:
    """End what is over, and pass on what nobody can decide any more. Returns how many waivers ended."""
    due = Waiver.objects.asked_or_granted().filter(until_at__lte=now, ban__state=Ban.State.PUBLISHED)
    ended = sum(_end(ban, now=now) for ban in Ban.objects.filter(pk__in=due.values("ban")).order_by("pk"))
    with transaction.atomic():
        pass_on(now=now)
    return ended


@transaction.atomic
def _end(ban: Ban, *, now: datetime) -> int:
    """The people return to where their marks are, all of a ban at once."""
    locks.hold_ban_alone(ban.pk)
    ended = _run(END, ban=ban.pk, now=now)
    if ended:
        recount(ban)
    return ended


def pass_on(*, now: datetime, one: Waiver | None = None) -> int:
    """Requests (or `one`) that wait at a level at which nobody could decide go to the next; owners' is the last."""
    return sum(
        _run(NEXT_LEVEL.format(deciders=deciders), level=level.value, one=one.pk if one else None, now=now)
        for level, deciders in DECIDERS.items()
    )


def _run(statement: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
