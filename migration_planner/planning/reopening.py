"""Why a step of a person is open again, as far as the person has not marked it since: a lead has returned the mark, or the gap
that blocked it is fixed. Both are lines of history, and read in one statement."""

from dataclasses import dataclass
from datetime import datetime

from migration_planner.lib import statements
from migration_planner.planning.models import Checklist
from migration_planner.planning.reviewing import STANDS, Returned

#: The newest such line of each step: (step, gap or None, its title, its answer, at, why, by, for whom).
WHY_OPEN = f"""
    SELECT DISTINCT ON (event.step_id) event.step_id, gap.id, gap.title, gap.answer, event.at,
           event.why, actor.name, coalesce(event.data #>> '{{for,name}}', '')
    FROM planning_event AS event JOIN people_user AS actor ON actor.id = event.actor_id
    LEFT JOIN planning_gap AS gap ON gap.id = event.gap_id AND event.verb = 'step_reopened'
    WHERE event.checklist_id = %(checklist)s AND (event.verb = 'mark_returned' OR gap.state = 'fixed') AND {STANDS}
    ORDER BY event.step_id, event.id DESC
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True)
class Reopened:
    """The gap that blocked the step, fixed now, with the answer as it stands."""

    gap: int
    title: str
    answer: str
    at: datetime


@dataclass(frozen=True)
class WhyOpen:
    """By the number of the step."""

    returned: dict[int, Returned]
    reopened: dict[int, Reopened]


NOTHING = WhyOpen({}, {})


def why_open(checklist: Checklist) -> WhyOpen:
    """What the person reads beside each step that is open again. One query."""
    found = WhyOpen({}, {})
    for step, gap, title, answer, at, why, by, for_name in statements.rows(WHY_OPEN, checklist=checklist.pk):
        if gap is None:
            found.returned[step] = Returned(why, by, for_name, at)
        else:
            found.reopened[step] = Reopened(gap, title, answer, at)
    return found
