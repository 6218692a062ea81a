"""When people hear from us: the rungs of a ban, and the instant at which each falls for a zone and an hour.

Everything about dates here is a pure function of the ban's publishing and cutoff and of the person's zone and hour, so a
preview and the real thing cannot differ.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders.models import Rung

Anchor = Rung.Anchor
Line = tuple[Rung.Anchor, int]

#: A shorter time than this from publishing to the cutoff is climbed by shares of itself.
SHORT_WINDOW = timedelta(days=14)
AFTER: tuple[Line, ...] = ((Anchor.AFTER, 1), (Anchor.AFTER, 3), (Anchor.AFTER, 7), (Anchor.WEEKLY, 14))
START: tuple[Line, ...] = ((Anchor.PUBLISHING, 0),)
LONG: tuple[Line, ...] = (
    *START,
    *((Anchor.BEFORE, days) for days in (30, 14, 7, 3, 1)),
    (Anchor.ON_THE_DAY, 0),
    *AFTER,
)
SHORT: tuple[Line, ...] = (
    *START,
    *((Anchor.SHARE, percent) for percent in (50, 75, 90)),
    (Anchor.LAST_DAY, 0),
    *AFTER,
)
MONTHS: tuple[Line, ...] = (
    *START,
    *((Anchor.BEFORE, days) for days in (90, 60, 30, 14, 7, 3, 1)),
    (Anchor.ON_THE_DAY, 0),
    *AFTER,
)
#: The announcement is no choice: people are told of a ban that binds them.
ANNOUNCEMENT = Rung(anchor=Anchor.PUBLISHING).key
BUNDLE = "bundle"
MONDAY = 0
#: Figures of the first days would say that nobody has begun.
NO_FIGURES_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Preset:
    """A ladder to begin with."""

    key: str
    title: "str | Promise"
    lines: tuple[Line, ...]

    def rungs(self) -> list[Rung]:
        return _unsaved(self.lines)


@dataclass(frozen=True)
class Window:
    """The time a ban gives: from publishing to the cutoff, both UTC instants."""

    published_at: datetime
    cutoff_at: datetime

    @classmethod
    def of(cls, ban: Ban, *, now: datetime | None = None) -> "Window":
        """The window of a ban; of a draft as if it were published `now`. Raises DomainError when it has no cutoff yet."""
        if ban.cutoff_at is None:
            raise DomainError(_t("Set the cutoff."))
        return cls(ban.published_at or now or ban.created_at, ban.cutoff_at)

    @property
    def is_short(self) -> bool:
        return self.cutoff_at - self.published_at < SHORT_WINDOW

    def at_share(self, percent: int) -> datetime:
        return self.published_at + (self.cutoff_at - self.published_at) * percent / 100


@dataclass(frozen=True)
class Fall:
    """One day on which a rung falls for everybody of one zone and hour."""

    zone: str
    hour: int
    rung: str
    day: date
    due_at: datetime
    reckoned_from: datetime


def presets() -> list[Preset]:
    return [
        Preset("months", _("Months of notice"), MONTHS),
        Preset("weeks", _("Weeks of notice"), LONG),
        Preset("days", _("Days of notice"), SHORT),
    ]


def rungs_of(ban: Ban, *, now: datetime | None = None) -> list[Rung]:
    """The ladder a ban follows: its own, else the default for its window (that of a draft begins `now`)."""
    own = list(ban.rungs.all()) if ban.pk else []
    if own:
        return own if any(rung.key == ANNOUNCEMENT for rung in own) else [*_unsaved(START), *own]
    short = ban.cutoff_at is not None and Window.of(ban, now=now).is_short
    return _unsaved(SHORT if short else LONG)


@transaction.atomic
def set_rungs(ban: Ban, lines: Iterable[Line], *, by: User, now: datetime, why: str = "") -> bool:
    """Give a draft or published ban its own ladder; no lines give it the default back. False when it has that already."""
    wanted = sorted({(Anchor(anchor), amount) for anchor, amount in lines}, key=_in_time)
    row = Ban.objects.select_for_update().get(pk=ban.pk)
    if row.state not in (Ban.State.DRAFT, Ban.State.PUBLISHED):
        raise DomainError(_t("This ban has ended; no more reminders go out."))
    before = [(Anchor(rung.anchor), rung.amount) for rung in ban.rungs.all()]
    if before == wanted:
        return False
    _require_sensible(wanted)
    ban.rungs.all().delete()
    Rung.objects.bulk_create([Rung(ban=ban, anchor=anchor, amount=amount) for anchor, amount in wanted])
    Event.record(Event.Verb.LADDER_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=_in_history(before, wanted))
    return True


def falls(
    rungs: Sequence[Rung], window: Window, zone: str, hour: int, *, after: datetime, until: datetime
) -> list[Fall]:
    """Every day in [after, until) on which a rung falls where clocks show `zone` and mail is read at `hour`.

    The announcement is not among them: it follows from each person's joining (see `first_hour`).
    """
    begin = max(after, window.published_at)
    found = [
        Fall(zone, hour, rung.key, day, due_at, window.cutoff_at)
        for rung in rungs
        for day, due_at in _falls(rung, window, zone, hour, until)
    ]
    return [fall for fall in found if begin <= fall.due_at < until]


def first_hour(moment: datetime, cutoff_at: datetime, zone: str, hour: int) -> datetime:
    """When somebody hears of what happened at `moment`: at their next hour, or at once when the cutoff comes before it."""
    due_at = zones.next_at_hour(moment, hour, zone)
    return moment if moment < cutoff_at <= due_at else due_at


def mondays(window: Window, zone: str, hour: int, *, after: datetime, until: datetime) -> list[Fall]:
    """The Mondays in [after, until) on which leads of that zone and hour get their teams' figures."""
    after = max(after, window.published_at + NO_FIGURES_FOR)
    day = zones.local_day(after, zone)
    day -= timedelta(days=day.weekday() - MONDAY)
    weeks = range((until - after).days // 7 + 2)
    days = [day + timedelta(weeks=week) for week in weeks]
    dues = [_at_hour(day, zone, hour) for day in days]
    return [Fall(zone, hour, BUNDLE, day, due_at, due_at) for day, due_at in dues if after <= due_at < until]


def _falls(rung: Rung, window: Window, zone: str, hour: int, until: datetime) -> Iterator[tuple[date, datetime]]:
    """Days and instants of one rung, in or out of the window."""
    last_day = zones.local_day(window.cutoff_at, zone)
    match rung.anchor:
        case Anchor.BEFORE:
            yield _at_hour(last_day - timedelta(days=rung.amount), zone, hour)
        case Anchor.AFTER:
            yield _at_hour(last_day + timedelta(days=rung.amount), zone, hour)
        case Anchor.WEEKLY:
            yield from _weekly(last_day + timedelta(days=rung.amount), zone, hour, until)
        case Anchor.ON_THE_DAY | Anchor.LAST_DAY:
            due_at = zones.last_at_hour(window.cutoff_at, hour, zone)
            yield zones.local_day(due_at, zone), due_at
        case Anchor.SHARE:
            due_at = zones.next_at_hour(window.at_share(rung.amount), hour, zone)
            if due_at < window.cutoff_at:
                yield zones.local_day(due_at, zone), due_at


def _weekly(day: date, zone: str, hour: int, until: datetime) -> Iterator[tuple[date, datetime]]:
    while (due := _at_hour(day, zone, hour))[1] < until:
        yield due
        day += timedelta(weeks=1)


def _at_hour(day: date, zone: str, hour: int) -> tuple[date, datetime]:
    return day, zones.instant(day, time(hour), zone)


def _unsaved(lines: Iterable[Line]) -> list[Rung]:
    return [Rung(anchor=anchor, amount=amount) for anchor, amount in lines]


def _in_time(line: Line) -> tuple[int, int]:
    """Lines in the order in which they fall."""
    anchor, amount = line
    order = [
        Anchor.PUBLISHING,
        Anchor.BEFORE,
        Anchor.SHARE,
        Anchor.ON_THE_DAY,
        Anchor.LAST_DAY,
        Anchor.AFTER,
        Anchor.WEEKLY,
    ]
    return order.index(anchor), -amount if anchor == Anchor.BEFORE else amount


def _require_sensible(lines: list[Line]) -> None:
    for anchor, amount in lines:
        least, most = {
            Anchor.BEFORE: (1, 365),
            Anchor.AFTER: (1, 365),
            Anchor.WEEKLY: (1, 365),
            Anchor.SHARE: (1, 99),
        }.get(anchor, (0, 0))
        if not least <= amount <= most:
            raise DomainError(
                _t("“%(anchor)s” needs a number from %(least)d to %(most)d.")
                % {"anchor": anchor.label, "least": least, "most": most}
            )


def _in_history(before: list[Line], after: list[Line]) -> dict[str, list[str]]:
    return {"before": [rung.key for rung in _unsaved(before)], "after": [rung.key for rung in _unsaved(after)]}
