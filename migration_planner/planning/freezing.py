"""The state at the cutoff, written down once by the clock. Marks that come later do not change it.

What is written is how everybody stood at the very instant of the cutoff (see past.py), also when the clock came late.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from migration_planner.planning import locks
from migration_planner.planning.models import AtCutoff, Ban
from migration_planner.planning.past import CHECKLISTS

COUNTS = """
    count(*) AS people, count(*) FILTER (WHERE state = 'started') AS started,
    count(*) FILTER (WHERE state = 'blocked') AS blocked, count(*) FILTER (WHERE state = 'waived') AS waived,
    count(*) FILTER (WHERE state = 'done') AS done,
    count(*) FILTER (WHERE is_verified) AS verified
"""
FREEZE_PEOPLE = f"""
    INSERT INTO planning_personatcutoff (at_cutoff_id, checklist_id, path, state, finished_steps, asked_steps, is_verified)
    SELECT %(at_cutoff)s, was.id, was.path, was.state, was.finished, was.asked, was.is_verified
    FROM ({CHECKLISTS}) AS was WHERE was.stopped_why = ''
"""  # noqa: S608 - constants of ours
#: Each team is summed with all below it, so that no page has to.
FREEZE_TEAMS = f"""
    INSERT INTO planning_teamatcutoff (at_cutoff_id, team_id, path, people, started, blocked, waived, done, verified)
    SELECT %(at_cutoff)s, team.id, team.path, sum(counted.people), sum(counted.started), sum(counted.blocked),
           sum(counted.waived), sum(counted.done), sum(counted.verified)
    FROM (SELECT path, {COUNTS} FROM planning_personatcutoff WHERE at_cutoff_id = %(at_cutoff)s GROUP BY path) AS counted
    CROSS JOIN LATERAL generate_series(1, cardinality(string_to_array(counted.path, '/'))) AS level
    JOIN people_team AS team
      ON team.path = array_to_string((string_to_array(counted.path, '/'))[1:level], '/') COLLATE "C"
    WHERE team.id IN (SELECT team_id FROM planning_migration WHERE ban_id = %(ban)s)
    GROUP BY team.id, team.path
"""  # noqa: S608 - as above
SUM = f"""
    WITH counted AS (SELECT {COUNTS} FROM planning_personatcutoff WHERE at_cutoff_id = %(at_cutoff)s)
    UPDATE planning_atcutoff AS kept
    SET people = counted.people, started = counted.started, blocked = counted.blocked, waived = counted.waived,
        done = counted.done, verified = counted.verified
    FROM counted WHERE kept.id = %(at_cutoff)s
"""  # noqa: S608 - as above


def due(*, now: datetime) -> QuerySet[Ban]:
    """Bans whose cutoff has passed while they were in force, and of which nothing is written down yet."""
    known = AtCutoff.objects.filter(ban=OuterRef("pk"), cutoff_at=OuterRef("cutoff_at"))
    in_force = Q(state=Ban.State.PUBLISHED) | Q(state=Ban.State.CLOSED, ended_at__gte=F("cutoff_at"))
    return Ban.objects.filter(in_force, ~Exists(known), cutoff_at__lte=now, published_at__lt=F("cutoff_at"))


def freeze_all(*, now: datetime) -> int:
    """Write down how every ban that is due stood at its cutoff. Returns for how many."""
    return sum(freeze(ban, now=now) for ban in due(now=now).order_by("pk"))


@transaction.atomic
def freeze(ban: Ban, *, now: datetime) -> bool:
    """Write it down for one ban, once: False when it is done already, or the cutoff was moved meanwhile."""
    locks.hold_ban_alone(ban.pk)
    found = due(now=now).filter(pk=ban.pk).first()
    if found is None or found.cutoff_at is None:
        return False
    counts = dict.fromkeys(["people", "started", "blocked", "waived", "done", "verified"], 0)
    kept = AtCutoff.objects.create(ban=found, cutoff_at=found.cutoff_at, frozen_at=now, **counts)
    parameters: dict[str, Any] = {"ban": ban.pk, "end": found.cutoff_at, "at_cutoff": kept.pk, "path": None}
    with connection.cursor() as cursor:
        for statement in (FREEZE_PEOPLE, FREEZE_TEAMS, SUM):
            cursor.execute(statement, parameters)
    return True
