"""What was sent, what is coming, and why something was not: for pages, the API and the commands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet

from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.models.reminders import ReminderQuerySet

State = Reminder.State


@dataclass(frozen=True)
class Counts:
    """Every reminder of a ban that was ever due, by its state; `due` is their sum. And the mails that carry them."""

    sent: int = 0
    cancelled: int = 0
    suppressed: int = 0
    dead: int = 0
    held: int = 0
    waiting: int = 0
    mails_sent: int = 0
    mails_planned: int = 0

    @property
    def due(self) -> int:
        return self.sent + self.cancelled + self.suppressed + self.dead + self.held + self.waiting


def counts(ban: Ban, path: str = "") -> Counts:
    """The balance of a ban, or of the people counted at `path` and below, from one statement: it adds up at every moment."""
    reminders = Reminder.objects.filter(ban=ban)
    if path:
        reminders = reminders.filter(person__in=ban.checklists.below(path).values("person"))
    found = reminders.values("state").annotate(n=Count("pk"), mails=Count("mail", distinct=True))
    rows = list(found)
    mails = {row["state"]: row["mails"] for row in rows}
    return Counts(
        **{str(row["state"]): row["n"] for row in rows},
        mails_sent=mails.get(State.SENT, 0),
        mails_planned=mails.get(State.WAITING, 0),
    )


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see of a ban's reminders: a place of the balance or everything, one day, some people."""

    place: str = ""
    day: date | None = None
    search: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """What comes next comes first, and of what is past the newest; each order has its index."""
        if self.place in ("planned", "waiting", "again"):
            return ("due_at", "pk")
        return ("-due_at", "-pk") if self.place or self.day or self.search else ("-pk",)


def listed(ban: Ban, asked: Asked, *, now: datetime) -> ReminderQuerySet:
    """The reminders asked for, with their people and mails; their key for pages is `asked.order`."""
    found = Reminder.objects.filter(_in_place(asked.place, now), ban=ban)
    if asked.day:
        found = found.filter(day=asked.day, due_at__range=_around(asked.day))
    if asked.search:
        named = Q(name__icontains=asked.search) | Q(email__icontains=asked.search)
        found = found.filter(person__in=User.objects.filter(named).values("pk"))
    return (
        found.select_related("person", "mail", "asked_by", "asked_for")
        .defer("mail__raw", "mail__carries")
        .order_by(*asked.order)
    )


def _in_place(place: str, now: datetime) -> Q:
    waiting = Q(state=State.WAITING)
    places = {
        "": Q(),
        "planned": waiting & Q(due_at__gt=now),
        "waiting": waiting & Q(due_at__lte=now),
        "again": waiting & Q(due_at__lte=now, mail__tries__gt=0),
    }
    return places[place] if place in places else Q(state=place)


def _around(day: date) -> tuple[datetime, datetime]:
    """Instants between which that day lies everywhere on earth: what the index is asked for."""
    noon = datetime.combine(day, time(12), UTC)
    return noon - timedelta(days=2), noon + timedelta(days=2)


def mails_visible_to(user: User) -> QuerySet[Mail]:
    """Mails to oneself, and those that carry, or carried, a reminder one may see."""
    if user.sees_everything:
        return Mail.objects.all()
    return Mail.objects.filter(Q(person=user) | Q(pk__in=Reminder.objects.visible_to(user).values("mail")))


def held(user: User) -> QuerySet[Mail]:
    """Held mails the reader may see, the oldest first; the key for the next page is (due_at, id)."""
    found = Mail.objects.filter(state=Mail.State.HELD)
    if not user.sees_everything:
        run = Reminder.objects.filter(state=State.HELD, ban__in=Ban.objects.run_by(user)).values("mail")
        found = found.filter(pk__in=run)
    return found.select_related("person").defer("raw").order_by("due_at", "pk")


def of_person(person: User, reader: User) -> ReminderQuerySet:
    """Why somebody was, or was not, written to, as far as `reader` may see it; newest first, the key is (due_at, id)."""
    found = Reminder.objects.visible_to(reader).filter(person=person)
    related = found.select_related("ban__tool", "ban__replacement", "mail", "asked_by", "asked_for")
    return related.defer("mail__raw", "mail__carries").order_by("-due_at", "-pk")
