"""What is held about one person, where it comes from and until when: for that person alone.

Each kind of thing is one `Part`. Whoever adds data about single people to the product adds a part here, and the page and the
file have it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import SavedView, User
from migration_planner.planning.models import (
    Acknowledgement,
    Checklist,
    Comment,
    Contradiction,
    Evidence,
    Report,
    Signal,
    Step,
    Use,
)

#: The page shows so many of each; the file has them all.
SHOWN = 100


WITH_THE_BAN = _("as long as the evidence of the ban")


@dataclass(frozen=True)
class Entry:
    """One thing that is held: what it says, of which day, from where, and the last day on which it is kept."""

    what: str
    day: date | None
    source: str
    until: date | None

    def as_data(self) -> dict[str, Any]:
        return {"what": self.what, "day": self.day, "source": self.source, "until": self.until}


@dataclass(frozen=True)
class Part:
    """A kind of thing: its key in the file, its title and what it is for on the page, and how to read it."""

    key: str
    title: "str | Promise"
    about: "str | Promise"
    entries: Callable[[User], Iterator[Entry]]
    #: Until when, where an entry has no day.
    kept: "str | Promise" = WITH_THE_BAN


def _until(day: date) -> date:
    return day + timedelta(days=settings.SIGNALS_KEEP_DAYS)


def _signals(person: User) -> Iterator[Entry]:
    rows = Signal.objects.filter(person=person).select_related("tool").order_by("-day", "tool__name", "source", "pk")
    for row in rows.iterator(1000):
        yield Entry(f"{row.tool.name}: {row.count}", row.day, row.source, _until(row.day))


def _uses(person: User) -> Iterator[Entry]:
    for row in Use.objects.filter(person=person).select_related("tool").order_by("tool__name", "pk"):
        yield Entry(row.tool.name, row.last_day, "", _until(row.last_day))


def _contradictions(person: User) -> Iterator[Entry]:
    rows = Contradiction.objects.filter(checklist__person=person).select_related("checklist__ban__tool")
    for row in rows.order_by("-found_at", "-pk"):
        said = row.get_answer_display() if row.answer else ""
        what = f"{row.checklist.ban.tool.name}: {row.get_kind_display()}{f' ({said})' if said else ''}"
        yield Entry(what, row.day, "", _until(row.day) if row.closed_at else None)


def _scans(person: User) -> Iterator[Entry]:
    """What the scans of one's home team say about the steps of one's checklists."""
    mine = Q(migration__checklists__person=person, step__per=Step.Per.PERSON, step__removed_at__isnull=True)
    counted = ~Q(migration__checklists__state=Checklist.State.STOPPED)
    rows = Evidence.objects.filter(mine, counted).select_related("step__ban__tool", "report")
    for row in rows.order_by("-since", "-pk"):
        what = f"{row.step.ban.tool.name}, {row.step.title}: {row.get_verdict_display()}"
        yield Entry(what, row.since.date(), row.report.repository if row.report else "", None)


def _reports(person: User) -> Iterator[Entry]:
    """One line for each repository: pipelines send every night."""
    by_hand = ExpressionWrapper(Q(token=None), BooleanField())
    rows = Report.objects.filter(sent_by=person).values("team__path", "repository", by_hand=by_hand)
    for row in rows.annotate(times=Count("pk"), last=Max("received_at")).order_by("-last", "repository"):
        way = _("by hand") if row["by_hand"] else _("with your token")
        yield Entry(f"{row['repository']}: {row['times']}", row["last"].date(), f"{row['team__path']}, {way}", None)


def _leave(person: User) -> Iterator[Entry]:
    if person.leave_from and person.leave_until:
        yield Entry(f"{person.leave_from} – {person.leave_until}", person.leave_from, "", None)


def _tokens(person: User) -> Iterator[Entry]:
    for row in person.access_tokens.order_by("-pk"):
        used = row.last_used_at.date().isoformat() if row.last_used_at else str(_("never used"))
        yield Entry(f"{row.name}: {used}", row.made_at.date(), "", None)


def _acknowledgements(person: User) -> Iterator[Entry]:
    rows = Acknowledgement.objects.filter(checklist__person=person).select_related("statement__ban__tool")
    for row in rows.order_by("-at", "-pk"):
        what = _("%(tool)s: version %(version)d") % {"tool": row.statement.ban.tool, "version": row.statement.version}
        yield Entry(str(what), row.at.date(), "", None)


def _saved_views(person: User) -> Iterator[Entry]:
    for row in SavedView.objects.of(person).order_by("name", "pk"):
        yield Entry(row.name, row.saved_at.date(), "", None)


def _comments(person: User) -> Iterator[Entry]:
    """Those about the person and those the person wrote, each once."""
    rows = Comment.objects.standing().filter(Q(checklist__person=person) | Q(author=person)).newest_first()
    for row in rows.iterator(1000):
        yield Entry(row.text, row.at.date(), row.author.name, None)


PARTS = [
    Part(
        "leave",
        _("Leave"),
        _("From which day up to which you are away, as a lead of yours noted it. No mail comes to you on these days."),
        _leave,
        _("it is over"),
    ),
    Part(
        "signals",
        _("Signals of use"),
        _("That a tool was used on a day, how often, and who reported it. Nothing else is kept of it."),
        _signals,
    ),
    Part(
        "last_uses",
        _("Last use of each tool"),
        _(
            "Derived from the signals, and gone with them. Your leads and the owners of a ban see a state, such as “in use”."
        ),
        _uses,
    ),
    Part(
        "contradictions",
        _("Questions to you"),
        _("Where your checklist and the signals disagreed. An open one is kept until you answer it."),
        _contradictions,
        _("it is answered"),
    ),
    Part(
        "scans",
        _("What scans say of your steps"),
        _(
            "A scan names files, never people. It speaks for the repositories of your team, and so of the steps of everybody in "
            "it: whether they apply, and whether what they are about is gone."
        ),
        _scans,
        _("a scan says otherwise"),
    ),
    Part(
        "reports",
        _("Reports of scans that were sent in your name"),
        _("Which repository, for which team, how many times, and when last. The history of a ban names who sent them."),
        _reports,
    ),
    Part(
        "acknowledgements",
        _("Scope statements you acknowledged"),
        _("That you have read what is and is not banned. It is evidence of the ban and kept with it."),
        _acknowledgements,
    ),
    Part(
        "comments",
        _("Comments"),
        _(
            "What was said about your checklists, and what you said about those of others. They stay as history of the ban."
        ),
        _comments,
    ),
    Part(
        "access_tokens",
        _("Your access tokens"),
        _("What each is for, and when it was last used. They stay as evidence of who could do what until when."),
        _tokens,
    ),
    Part(
        "views",
        _("Views you saved"),
        _("Lists as you want to see them again, until you delete them."),
        _saved_views,
        _("you delete it"),
    ),
]


def as_data(person: User, *, now: datetime) -> dict[str, Any]:
    """Everything, for the person to take along."""
    return {
        "person": person.email,
        "as_of": now,
        "kept_for_days": settings.SIGNALS_KEEP_DAYS,
        **{part.key: [entry.as_data() for entry in part.entries(person)] for part in PARTS},
    }
