"""Who used what in the weeks of the present ban, and the gaps that hold people up: so that those pages have something to say.

Seeded, so that every demo tells the same. Use of the old tool ends when people are done, that of the new one begins a few days
before; a handful of people contradict what they have ticked.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from migration_planner.local.demo import texts
from migration_planner.people.models import User
from migration_planner.planning import gaps, signals
from migration_planner.planning.gaps import Decision
from migration_planner.planning.models import Ban, Checklist, Gap, Mark
from migration_planner.planning.signal_files import Row, row

#: Of those who are done, and of those who have not begun, so many in a hundred contradict it.
CONTRADICT = 1
SOURCES = ("Sign-on", "Licence server")


def report(ban: Ban, owner: User, *, now: datetime, days: int) -> None:
    """Bring in the use of the last `days` days, up to yesterday."""
    rows = list(_rows(ban, now, days))  # while they are copied in, the connection can be asked nothing
    signals.take(rows, by=owner, now=now, apply=True)


def _rows(ban: Ban, now: datetime, days: int) -> Iterator[Row]:
    chance = random.Random(23)  # noqa: S311 - a story, not a secret
    yesterday = now.date() - timedelta(days=1)
    people = ban.checklists.select_related("person").order_by("pk")
    lines = (cells for one in people.iterator() for cells in _of_one(ban, one, yesterday, days, chance))
    for number, cells in enumerate(lines, start=1):
        yield row(number, cells)


def _of_one(ban: Ban, one: Checklist, yesterday: date, days: int, chance: random.Random) -> Iterator[list[str]]:
    """One person's days: the old tool until they are done, the new one from a few days before on."""
    contradicts = chance.randrange(100) < CONTRADICT
    done = one.done_at.date() if one.done_at else yesterday + timedelta(days=9)
    begun = done - timedelta(days=chance.randrange(2, 9))
    if one.state == Checklist.State.NOT_STARTED and contradicts:
        done, begun = yesterday - timedelta(days=17), yesterday - timedelta(days=18)
    for ago in range(days, -1, -1):
        day = yesterday - timedelta(days=ago)
        if day.weekday() >= 5 or chance.random() < 0.3:
            continue
        used_again = contradicts and one.state == Checklist.State.DONE and ago < 2
        if day < done or used_again:
            yield [one.person.email, ban.tool.name, day.isoformat(), str(chance.randint(1, 40)), SOURCES[0]]
        if day >= begun:
            yield [one.person.email, ban.replacement.name, day.isoformat(), str(chance.randint(1, 60)), SOURCES[1]]


def report_gaps(ban: Ban, owner: User, *, now: datetime) -> None:
    """What people gave as reasons becomes gaps, two of them with an answer, and some people say that it concerns them too."""
    chance = random.Random(5)  # noqa: S311 - as above
    for reason, title, state, answer in texts.GAPS:
        gap = _opened(ban, owner, reason, title, now=now - timedelta(days=chance.randint(4, 9)))
        if gap is None:
            continue
        if state != Gap.State.OPEN:
            gaps.decide(gap, Decision(state, answer, title, reason, owner), by=owner, now=now - timedelta(days=2))
        for one in ban.checklists.unfinished().select_related("person").order_by("pk")[:: chance.randint(20, 60)][:40]:
            gap.set_vote(True, by=one.person, now=now - timedelta(days=1))


def _opened(ban: Ban, owner: User, reason: str, title: str, *, now: datetime) -> Gap | None:
    """The gap that the first one with this reason reports; the owner ties those of the others to it."""
    marks = list(gaps.untied(ban).filter(note=reason, checklist__isnull=False).order_by("at", "pk"))
    if not marks:
        return None
    first: Mark = marks[0]
    assert first.checklist  # noqa: S101 - asked for above
    gaps.block(first.checklist, first.step, by=first.by, now=now, note=reason, title=title)
    gap = ban.gaps.get(title=title)
    gaps.tie([mark.pk for mark in marks[1:]], gap, by=owner, now=now)
    return gap
