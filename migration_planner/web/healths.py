"""Why a ban fares as it does, in a sentence."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from migration_planner.lib.lists import grouped
from migration_planner.steering.health import Health, Word


def why(health: Health) -> str:
    """The reason behind the word that `status` prints."""
    count = {"count": grouped(health.people)}
    match health.word:
        case Word.OVERDUE:
            words = ngettext(
                "The cutoff has passed, and %(count)s person has not finished.",
                "The cutoff has passed, and %(count)s people have not finished.",
                health.people,
            )
        case Word.AT_RISK:
            words = ngettext(
                "With 85 %% confidence, up to %(count)s person misses the cutoff.",
                "With 85 %% confidence, up to %(count)s people miss the cutoff.",
                health.people,
            )
        case Word.STANDSTILL:
            words = ngettext(
                "Nobody has finished of late; %(count)s person is still to do so.",
                "Nobody has finished of late; %(count)s people are still to do so.",
                health.people,
            )
        case Word.TOO_EARLY:
            words = ngettext(
                "%(count)s person has finished: too few, or too few days, for a forecast.",
                "%(count)s people have finished: too few, or too few days, for a forecast.",
                health.people,
            )
        case Word.ON_TRACK if health.people:
            words = ngettext(
                "With 85 %% confidence, all but %(count)s person make the cutoff.",
                "With 85 %% confidence, all but %(count)s people make the cutoff.",
                health.people,
            )
        case Word.ON_TRACK:
            return _("With 85 % confidence, everybody makes the cutoff.")
        case Word.FINISHED:
            return _("Everybody has finished or is waived.")
    return words % count
