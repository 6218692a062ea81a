"""How long mail will take at the installation's limit: which wave ends when, and what an owner can do about it.

A pure function of what falls due and how much may go a minute, so that a draft and a ban in force are told the same way.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: From this long on a wave is worth a warning: what was meant for one morning reaches people on different days.
LONG_WAVE = timedelta(hours=8)


@dataclass(frozen=True)
class Arrival:
    """Mails that fall due at one instant: of a wave of this ban, or (no wave) of everything else the installation sends."""

    due_at: datetime
    wave: str
    mails: int


@dataclass(frozen=True)
class Wave:
    """All mails of one rung: when the first falls due, when the last one has gone, and how many they are."""

    name: str
    mails: int
    begins_at: datetime
    ends_at: datetime
    #: How long it would take were every zone's mail due in the same instant: the time the limit alone costs.
    needs: timedelta

    @property
    def is_long(self) -> bool:
        return self.needs >= LONG_WAVE

    def ends_after(self, moment: datetime) -> bool:
        return self.begins_at < moment < self.ends_at


def forecast(arrivals: Iterable[Arrival], *, per_minute: int) -> list[Wave]:
    """The waves in the order in which they begin, sent first come first served at `per_minute` mails a minute (at least 1).

    Whatever else is due (arrivals without a wave) takes its turn like the rest: the limit is the account's, not the ban's.
    """
    if per_minute < 1:
        raise ValueError("A forecast needs a limit of at least one mail a minute.")
    pace = timedelta(minutes=1) / per_minute
    ends: dict[str, datetime] = {}
    begins: dict[str, datetime] = {}
    mails: dict[str, int] = {}
    free_at: datetime | None = None
    for arrival in sorted(arrivals, key=lambda each: each.due_at):
        start = max(arrival.due_at, free_at or arrival.due_at)
        free_at = start + pace * arrival.mails
        begins.setdefault(arrival.wave, arrival.due_at)
        ends[arrival.wave] = free_at
        mails[arrival.wave] = mails.get(arrival.wave, 0) + arrival.mails
    return [
        Wave(name, mails[name], begins[name], ends[name], pace * mails[name])
        for name in sorted(begins, key=lambda name: (begins[name], name))
        if name
    ]


def days_earlier(waves: Sequence[Wave], *, cutoff_at: datetime) -> int:
    """By how many whole days the ban should be published earlier, so that its first wave ends before the cutoff, and no
    later wave before the cutoff is still going when the cutoff comes. Zero when all is well."""
    late = [wave.ends_at - cutoff_at for wave in waves if wave.ends_after(cutoff_at)]
    return max((math.ceil(over / timedelta(days=1)) for over in late), default=0)
