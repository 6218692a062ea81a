"""The sentences by which a lead hears that a team is done."""

from collections.abc import Sequence

from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from migration_planner.lib.lists import grouped
from migration_planner.reminders.thanks import Done


def fact(teams: Sequence[Done], tool: str) -> str:
    if len(teams) == 1:
        return _t("%(team)s has moved off %(tool)s") % {"team": teams[0].name, "tool": tool}
    text = ngettext(
        "%(n)s of your teams has moved off %(tool)s", "%(n)s of your teams have moved off %(tool)s", len(teams)
    )
    return text % {"n": grouped(len(teams)), "tool": tool}


def paragraphs(teams: Sequence[Done]) -> tuple[str, ...]:
    """Each team with its people, and the thanks."""
    return (*(_sentence(done) for done in teams), _t("Thank you, and please pass our thanks on to the people."))


def _sentence(done: Done) -> str:
    text = ngettext(
        "%(team)s is done: %(n)s person has finished, and so has every step of the team.",
        "%(team)s is done: all %(n)s people have finished, and so has every step of the team.",
        done.people,
    ) % {"team": done.name, "n": grouped(done.people)}
    if done.for_name:
        return _t("%(sentence)s You stand in there for %(lead)s.") % {"sentence": text, "lead": done.for_name}
    return text
