"""What a mail says of comments: their words, whose they are, and about which step."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from migration_planner.reminders.statements import UNTOLD, rows

#: So many are in a mail, the latest; the checklist has all of them.
SHOWN = 5


@dataclass(frozen=True)
class Said:
    """A comment. `for_name` is the lead in whose place a substitute wrote it, `step` empty where it is about everything."""

    text: str
    by: str
    for_name: str = ""
    step: str = ""


TOLD = f"""
    SELECT reminder.id, comment.text, author.name, coalesce(lead.name, ''), coalesce(step.title, '')
    FROM reminders_reminder AS reminder
    JOIN planning_checklist AS checklist ON checklist.person_id = reminder.person_id AND checklist.ban_id = reminder.ban_id
    JOIN planning_comment AS comment ON {UNTOLD}
    JOIN people_user AS author ON author.id = comment.author_id
    LEFT JOIN people_user AS lead ON lead.id = comment.acted_for_id
    LEFT JOIN planning_step AS step ON step.id = comment.step_id
    WHERE reminder.id = ANY(%(reminders)s) ORDER BY reminder.id, comment.id
"""  # noqa: S608 - constants of ours


def said(reminders: Sequence[int]) -> dict[int, tuple[Said, ...]]:
    """By reminder, the comments it tells of, in the order in which they were written. Asks nothing of nobody."""
    found: dict[int, list[Said]] = defaultdict(list)
    for reminder, *rest in rows(TOLD, reminders=list(reminders)) if reminders else ():
        found[reminder].append(Said(*rest))
    return {reminder: tuple(told[-SHOWN:]) for reminder, told in found.items()}
