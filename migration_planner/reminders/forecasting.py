"""How long mail will take at the installation's limit: which wave ends when, and what an owner can do about it.

A pure function of what falls due and how much may go a minute, so that a draft and a ban in force are told the same way.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: From this long on a wave is worth a warning: what was meant for one morning reaches people on different days.
LONG_WAVE = timedelta(hours=8)
DAY, EPOCH = timedelta(days=1), datetime(2000, 1, 1, tzinfo=UTC)


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


@dataclass(frozen=True)
class Pace:
    """How fast mail may go: so many a minute, and so many in any 24 hours. 0 is no limit; one of them there is."""

    per_minute: int = 0
    per_day: int = 0

    def __post_init__(self) -> None:
        if self.per_minute < 0 or self.per_day < 0 or not (self.per_minute or self.per_day):
            raise ValueError("A forecast needs a limit of at least one mail a minute, or a day.")

    def time(self, mails: int) -> timedelta:
        """How long so many mails take by the limit a minute alone."""
        return timedelta(minutes=1) / self.per_minute * mails if self.per_minute else timedelta()


class Sender:
    """Sends mails one after the other as fast as the pace allows, and remembers what went in the last 24 hours."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._free_at: datetime | None = None
        #: When a run of mails began, and how many they were. They free the day again as they went, 24 hours later.
        self._went: deque[tuple[datetime, int]] = deque()
        self.runs: list[tuple[datetime, int]] = []

    def send(self, mails: int, due_at: datetime) -> datetime:
        """When the last of so many mails that are due at an instant has gone."""
        free_at = max(due_at, self._free_at or due_at)
        while mails:
            free_at, fitting = self._room(free_at, mails)
            self._went.append((free_at, fitting))
            self.runs.append((free_at, fitting))
            free_at += self._pace.time(fitting)
            mails -= fitting
        self._free_at = free_at
        return free_at

    def _room(self, moment: datetime, mails: int) -> tuple[datetime, int]:
        """From when on how many of the mails may go without a break."""
        if not self._pace.per_day:
            return moment, mails
        while True:
            while self._went and self._went[0][0] + DAY <= moment:
                self._went.popleft()
            left = self._pace.per_day - sum(number for _at, number in self._went)
            if left > 0:
                return moment, min(left, mails)
            moment = self._went[0][0] + DAY


def needed(mails: int, pace: Pace) -> timedelta:
    """How long so many mails take that are due in the same instant, with nothing before them."""
    return Sender(pace).send(mails, EPOCH) - EPOCH


def forecast(arrivals: Iterable[Arrival], *, pace: Pace) -> list[Wave]:
    """The waves in the order in which they begin, sent first come first served at the installation's pace.

    Whatever else is due (arrivals without a wave) takes its turn like the rest: the limit is the account's, not the ban's.
    """
    sender = Sender(pace)
    ends: dict[str, datetime] = {}
    begins: dict[str, datetime] = {}
    mails: dict[str, int] = {}
    for arrival in sorted(arrivals, key=lambda each: each.due_at):
        begins.setdefault(arrival.wave, arrival.due_at)
        ends[arrival.wave] = sender.send(arrival.mails, arrival.due_at)
        mails[arrival.wave] = mails.get(arrival.wave, 0) + arrival.mails
    return [
        Wave(name, mails[name], begins[name], ends[name], needed(mails[name], pace))
        for name in sorted(begins, key=lambda name: (begins[name], name))
        if name
    ]


def days_earlier(waves: Sequence[Wave], *, cutoff_at: datetime) -> int:
    """By how many whole days the ban should be published earlier, so that its first wave ends before the cutoff, and no
    later wave before the cutoff is still going when the cutoff comes. Zero when all is well."""
    late = [wave.ends_at - cutoff_at for wave in waves if wave.ends_after(cutoff_at)]
    return max((math.ceil(over / timedelta(days=1)) for over in late), default=0)
