"""What a mail says of marks that were returned: which step, why, and by whom."""

from collections import defaultdict
from dataclasses import dataclass

from migration_planner.planning.reviewing import STANDS
from migration_planner.reminders.statements import rows

#: So many are told of at once, the latest; the checklist shows all of them.
SHOWN = 5


@dataclass(frozen=True)
class Return:
    """A step that is open again. `by` has both names where a substitute has returned it."""

    step: str
    why: str
    by: str
    for_name: str = ""


TOLD = f"""
    SELECT checklist.person_id, checklist.ban_id, step.title, event.why, actor.name, coalesce(event.data #>> '{{for,name}}', '')
    FROM unnest(%(people)s::bigint[], %(bans)s::bigint[]) AS asked(person, ban)
    JOIN planning_checklist AS checklist ON checklist.person_id = asked.person AND checklist.ban_id = asked.ban
    JOIN planning_event AS event ON event.checklist_id = checklist.id AND event.verb = 'mark_returned' AND {STANDS}
    JOIN planning_step AS step ON step.id = event.step_id AND step.removed_at IS NULL
    JOIN people_user AS actor ON actor.id = event.actor_id
    ORDER BY event.id DESC
"""  # noqa: S608 - constants of ours


def returns(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], tuple[Return, ...]]:
    """By person and ban, the returns that stand, the latest first. Asks nothing of nobody."""
    if not pairs:
        return {}
    found: dict[tuple[int, int], list[Return]] = defaultdict(list)
    for person, ban, *rest in rows(TOLD, people=[each for each, _ban in pairs], bans=[ban for _each, ban in pairs]):
        found[person, ban].append(Return(*rest))
    return {pair: tuple(told[:SHOWN]) for pair, told in found.items()}
