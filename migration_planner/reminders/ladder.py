"""The ladder of a ban: which rungs it has, to begin with and after somebody has changed it. When they fall: falling.py."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders.falling import ANNOUNCEMENT, Window
from migration_planner.reminders.models import Rung
from migration_planner.reminders.models.rungs import MOST_DAYS, MOST_HOURS, MOST_WORKDAYS

Anchor, Audience, Recipient = Rung.Anchor, Rung.Audience, Rung.Recipient


class Line(NamedTuple):
    """A rung as people choose it."""

    anchor: Rung.Anchor
    amount: int = 0
    audience: Rung.Audience = Audience.UNFINISHED
    recipient: Rung.Recipient = Recipient.PERSON

    @classmethod
    def of(cls, rung: Rung) -> "Line":
        return cls(Anchor(rung.anchor), rung.amount, Audience(rung.audience), Recipient(rung.recipient))

    def rung(self, ban: Ban | None = None) -> Rung:
        rung = Rung(anchor=self.anchor, amount=self.amount, audience=self.audience, recipient=self.recipient)
        if ban is not None:
            rung.ban = ban
        return rung


#: For the default ladders, and for tests: an anchor and a number.
Short = tuple[Rung.Anchor, int]

AFTER: tuple[Short, ...] = ((Anchor.AFTER, 1), (Anchor.AFTER, 3), (Anchor.AFTER, 7), (Anchor.WEEKLY, 14))
START: tuple[Short, ...] = ((Anchor.PUBLISHING, 0),)
LONG: tuple[Short, ...] = (
    *START,
    *((Anchor.BEFORE, days) for days in (30, 14, 7, 3, 1)),
    (Anchor.ON_THE_DAY, 0),
    *AFTER,
)
SHORT: tuple[Short, ...] = (
    *START,
    *((Anchor.SHARE, percent) for percent in (50, 75, 90)),
    (Anchor.LAST_DAY, 0),
    *AFTER,
)
MONTHS: tuple[Short, ...] = (
    *START,
    *((Anchor.BEFORE, days) for days in (90, 60, 30, 14, 7, 3, 1)),
    (Anchor.ON_THE_DAY, 0),
    *AFTER,
)


@dataclass(frozen=True)
class Preset:
    """A ladder to begin with."""

    key: str
    title: "str | Promise"
    lines: tuple[Short, ...]

    def rungs(self) -> list[Rung]:
        return _unsaved(self.lines)


def presets() -> list[Preset]:
    return [
        Preset("months", _("Months of notice"), MONTHS),
        Preset("weeks", _("Weeks of notice"), LONG),
        Preset("days", _("Days of notice"), SHORT),
    ]


def rungs_of(ban: Ban, *, now: datetime | None = None) -> list[Rung]:
    """The ladder a ban follows: its own, else the default for its window (that of a draft begins `now`)."""
    return with_announcement(list(ban.rungs.all()) if ban.pk else [], ban, now=now)


def with_announcement(own: Sequence[Rung], ban: Ban, *, now: datetime | None = None) -> list[Rung]:
    """What a ban with these rungs of its own follows. The announcement is no choice: people are told of what binds them."""
    if own:
        return list(own) if any(rung.key == ANNOUNCEMENT for rung in own) else [*_unsaved(START), *own]
    short = ban.cutoff_at is not None and Window.of(ban, now=now).is_short
    return _unsaved(SHORT if short else LONG)


@transaction.atomic
def set_rungs(ban: Ban, lines: Iterable[Short | Line], *, by: User, now: datetime, why: str = "") -> bool:
    """Give a draft or published ban its own ladder; no lines give it the default back. False when it has that already."""
    wanted = in_order(lines)
    row = Ban.objects.select_for_update().get(pk=ban.pk)
    if row.state not in (Ban.State.DRAFT, Ban.State.PUBLISHED):
        raise DomainError(_t("This ban has ended; no more reminders go out."))
    before = [Line.of(rung) for rung in ban.rungs.all()]
    if before == wanted:
        return False
    ban.rungs.all().delete()
    Rung.objects.bulk_create([line.rung(ban) for line in wanted])
    Event.record(Event.Verb.LADDER_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=_in_history(before, wanted))
    return True


def in_order(lines: Iterable[Short | Line]) -> list[Line]:
    """The lines of a ladder, each once, in the order in which they fall. Raises DomainError for one that makes no sense."""
    wanted = {_read(Line(*line)) for line in lines}
    return sorted(wanted, key=lambda line: (_in_time(line), line))


def _read(line: Line) -> Line:
    line = Line(Anchor(line.anchor), line.amount, Audience(line.audience), Recipient(line.recipient))
    least, most = AMOUNTS.get(line.anchor, (0, 0))
    if not least <= line.amount <= most:
        raise DomainError(
            _t("“%(anchor)s” needs a number from %(least)d to %(most)d.")
            % {"anchor": line.anchor.label, "least": least, "most": most}
        )
    if line.audience == Audience.TEAM_STEPS and line.recipient != Recipient.LEAD:
        raise DomainError(_t("Open team steps are told to the lead of the team. Choose the lead."))
    if line.anchor == Anchor.PUBLISHING and line != Line(Anchor.PUBLISHING):
        raise DomainError(_t("The announcement goes to everybody. Choose another time for a word to some of them."))
    return line


#: From which number to which.
AMOUNTS = {
    Anchor.BEFORE: (1, MOST_DAYS),
    Anchor.AFTER: (1, MOST_DAYS),
    Anchor.WEEKLY: (1, MOST_DAYS),
    Anchor.WORKDAYS_BEFORE: (1, MOST_WORKDAYS),
    Anchor.WORKDAYS_AFTER: (1, MOST_WORKDAYS),
    Anchor.HOURS_BEFORE: (1, MOST_HOURS),
    Anchor.SHARE: (1, 99),
}


def _unsaved(lines: Iterable[Short]) -> list[Rung]:
    return [Rung(anchor=anchor, amount=amount) for anchor, amount in lines]


def _in_time(line: Line) -> tuple[int, int]:
    """Lines in the order in which they fall, as well as can be said without a window."""
    before = {Anchor.BEFORE: 24, Anchor.WORKDAYS_BEFORE: 24 * 7 // 5, Anchor.HOURS_BEFORE: 1}
    order = [
        {Anchor.PUBLISHING},
        set(before),
        {Anchor.SHARE},
        {Anchor.ON_THE_DAY},
        {Anchor.LAST_DAY},
        {Anchor.AFTER, Anchor.WORKDAYS_AFTER},
        {Anchor.WEEKLY},
    ]
    place = next(place for place, group in enumerate(order) if line.anchor in group)
    return place, -line.amount * before[line.anchor] if line.anchor in before else line.amount


def _in_history(before: list[Line], after: list[Line]) -> dict[str, list[str]]:
    return {"before": [line.rung().key for line in before], "after": [line.rung().key for line in after]}
