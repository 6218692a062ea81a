"""Why a team will be late, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from migration_planner.steering.risks import Reason, Risk, Why


@dataclass(frozen=True)
class Told:
    """A risk with its reasons in words."""

    risk: Risk
    words: list[str]


def told(risks: Sequence[Risk]) -> list[Told]:
    return [Told(risk, [words(reason) for reason in risk.reasons]) for risk in risks]


def words(reason: Reason) -> str:
    facts = reason.facts
    match reason.why:
        case Why.NOBODY_STARTED:
            return _("Nobody has started, and half of the time is over.")
        case Why.QUIET:
            days = int(facts["days"])
            return (
                ngettext("Nothing moved for %(days)d working day.", "Nothing moved for %(days)d working days.", days)
                % facts
            )
        case Why.BLOCKED:
            return _("%(people)d of %(of)d unfinished people are blocked.") % facts
        case Why.SAME_STEP:
            return _("%(people)d of %(of)d who have begun stand at the same step: %(title)s") % facts
        case Why.WAIVER_ENDS:
            people = int(facts["people"])
            return (
                ngettext(
                    "%(people)d waiver ends within %(days)d days.",
                    "%(people)d waivers end within %(days)d days.",
                    people,
                )
                % facts
            )
        case Why.NO_LEAD:
            return _("Nobody leads this team.")
        case Why.TOO_SLOW:
            return _("It goes on, but too slowly for the cutoff.")
