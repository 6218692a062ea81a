"""Which people have said something about their own checklist that waits for a word: nobody has said anything since, and they
have neither finished nor marked anything themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from migration_planner.lib import statements
from migration_planner.planning.models import Ban
from migration_planner.planning.standing import PART

#: A team's page shows so many of them, the latest.
SHOWN = 6
WAITING = """
    SELECT comment.id, comment.ban_id, comment.checklist_id, comment.step_id, comment.text, comment.at, checklist.person_id,
           migration.path
    FROM planning_comment AS comment
    JOIN planning_checklist AS checklist ON checklist.id = comment.checklist_id AND checklist.person_id = comment.author_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    WHERE comment.ban_id = ANY(%(bans)s) AND comment.withdrawn_at IS NULL AND checklist.state NOT IN ('done', 'stopped')
      AND (checklist.last_activity_at IS NULL OR checklist.last_activity_at <= comment.at)
      AND NOT EXISTS (SELECT FROM planning_comment AS later WHERE later.checklist_id = comment.checklist_id
                      AND later.id > comment.id AND later.withdrawn_at IS NULL)
"""
OF_TEAM = f"""
    SELECT migration.checklist_id, person.name, coalesce(step.title, ''), migration.text, migration.at,
           count(*) OVER ()
    FROM ({WAITING}) AS migration JOIN people_user AS person ON person.id = migration.person_id
    LEFT JOIN planning_step AS step ON step.id = migration.step_id
    WHERE {PART} AND person.id <> %(reader)s ORDER BY migration.id DESC LIMIT %(most)s
"""  # noqa: S608 - constants of ours
#: For each of these leads, in their own right, of how many people they lead (from above too).
OF_LEADS = f"""
    WITH waiting AS MATERIALIZED ({WAITING})
    SELECT asked.lead, asked.ban, count(DISTINCT waiting.checklist_id)::int
    FROM unnest(%(leads)s::bigint[], %(of)s::bigint[]) AS asked(lead, ban)
    JOIN people_membership AS membership ON membership.user_id = asked.lead AND membership.role = 'lead'
    JOIN people_team AS top ON top.id = membership.team_id
    JOIN waiting ON waiting.ban_id = asked.ban AND waiting.person_id <> asked.lead
         AND (waiting.path = top.path OR (waiting.path >= top.path || '/' AND waiting.path < top.path || '0'))
    GROUP BY asked.lead, asked.ban
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Waits:
    """Somebody who waits for a word: their checklist, what they said, about which step, and when."""

    checklist: int
    name: str
    step: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Waiting:
    """The latest of them, and how many they are."""

    rows: tuple[Waits, ...] = ()
    count: int = 0


def of_team(ban: Ban, path: str, *, reader: int) -> Waiting:
    """Those of the team at `path` and below it, without the reader. One query."""
    found = statements.rows(OF_TEAM, bans=[ban.pk], path=path, reader=reader, most=SHOWN)
    return Waiting(tuple(Waits(*rest) for *rest, _count in found), found[0][-1] if found else 0)


def of_leads(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """By lead and ban, how many of their people wait; those of whom nobody does are left out. One query."""
    asked = sorted(set(pairs))
    bans = sorted({ban for _lead, ban in asked})
    found = statements.rows(OF_LEADS, leads=[lead for lead, _ban in asked], of=[ban for _lead, ban in asked], bans=bans)
    return {(lead, ban): count for lead, ban, count in found}
