"""The escalation of a ban in words and fields, for the pages that show or change it."""

from itertools import accumulate, zip_longest
from typing import Any

from django.utils.translation import ngettext

from migration_planner.planning import audience
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating
from migration_planner.reminders.models.escalations import MOST_LEVELS, words_of


def words(graces: tuple[int, ...]) -> list[str]:
    """Each level as a sentence: after how many working days who hears."""
    return [_level(level, days) for level, days in enumerate(accumulate(graces), 1)]


def _level(level: int, days: int) -> str:
    text = ngettext(
        "%(days)d working day after the deadline: %(who)s", "%(days)d working days after the deadline: %(who)s", days
    )
    return text % {"days": days, "who": words_of(level)}


def panel(ban: Ban) -> dict[str, Any]:
    """What `bans/_escalation.html` prints."""
    graces = escalating.graces_of(ban)
    return {
        "graces": graces,
        "levels": words(graces),
        "grace_fields": list(zip_longest(range(1, MOST_LEVELS + 1), graces, fillvalue="")),
        "without_manager": _without_manager(ban),
    }


def _without_manager(ban: Ban) -> int:
    """How many people of the audience have nobody above them who could be told."""
    if ban.is_draft:
        return audience.people(ban).filter(line_manager__isnull=True).count()
    return ban.checklists.unfinished().filter(person__line_manager__isnull=True, person__is_active=True).count()
