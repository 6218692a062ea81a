"""What was sent, what is coming, and why something was not: for pages, the API and the commands."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.reminders.models import Mail, Reminder

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


def sent(ban: Ban) -> QuerySet[Mail]:
    """Mails that told somebody of this ban, newest first; the key for the next page is (sent_at, id)."""
    told = Reminder.objects.sent().filter(ban=ban).values("mail")
    return Mail.objects.filter(pk__in=told).select_related("person").defer("raw").order_by("-sent_at", "-pk")


def coming(ban: Ban) -> QuerySet[Mail]:
    """Mails that wait with something about this ban, soonest first; the key for the next page is (due_at, id)."""
    waiting = Reminder.objects.waiting().filter(ban=ban).values("mail")
    return Mail.objects.filter(pk__in=waiting).select_related("person").defer("raw").order_by("due_at", "pk")


def of_person(person: User, ban: Ban | None = None) -> QuerySet[Reminder]:
    """Why somebody was, or was not, written to: each reminder with its state, reason and mail, newest first."""
    found = Reminder.objects.filter(person=person, **({"ban": ban} if ban else {}))
    return found.select_related("ban__tool", "ban__replacement", "mail").defer("mail__raw").order_by("-due_at", "-pk")
