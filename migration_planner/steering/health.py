"""How a ban in force fares, in a word and the reason for it. Pure: no database, no words for people (see web/healths.py)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from migration_planner.planning.progress import Figures
from migration_planner.steering.estimating import CONFIDENCES
from migration_planner.steering.models import Forecast

#: Place of the confidence that promises are judged by.
SURE = CONFIDENCES.index(85)
#: So many of a hundred may be missing at that confidence before it is called a risk: stragglers are no alarm.
TOLERATED = 1


class Word(StrEnum):
    """Worst first, which is the order of the portfolio."""

    OVERDUE = "overdue"
    AT_RISK = "at_risk"
    STANDSTILL = "standstill"
    TOO_EARLY = "too_early"
    ON_TRACK = "on_track"
    FINISHED = "finished"


@dataclass(frozen=True)
class Health:
    """The word, and the number of people its reason speaks of: unfinished, missing at the cutoff, or done so far."""

    word: Word
    people: int = 0


def health(figures: Figures, forecast: Forecast | None, *, cutoff_at: datetime, now: datetime) -> Health:
    """Of a ban in force, from its live figures and the newest forecast of its whole audience."""
    if figures.people and not figures.unfinished:
        return Health(Word.FINISHED)
    if cutoff_at <= now:
        return Health(Word.OVERDUE, figures.unfinished)
    if forecast and forecast.silent == Forecast.Silence.STANDSTILL:
        return Health(Word.STANDSTILL, figures.unfinished)
    if forecast is None or forecast.silent or not forecast.by_cutoff:
        return Health(Word.TOO_EARLY, figures.done)
    missing = max(forecast.people_then - figures.waived - forecast.by_cutoff[SURE], 0)
    at_risk = missing * 100 > forecast.people_then * TOLERATED
    return Health(Word.AT_RISK if at_risk else Word.ON_TRACK, missing)
