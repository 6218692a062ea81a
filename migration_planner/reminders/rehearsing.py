"""What would go out now: whom to, in which words. Reads and changes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy

from django.db.models import QuerySet

from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.reminders import facts, weekly
from migration_planner.reminders.mail import compose
from migration_planner.reminders.models import Mail, Pause, Reminder
from migration_planner.reminders.obligations import Obligation, ending, look


@dataclass(frozen=True)
class Rehearsed:
    """A mail that is due. It `goes`, or says why not: nothing of it is owed any more, or a ban it speaks of is paused.

    Its words are hidden from a reader who may not see every ban it speaks of.
    """

    mail: Mail
    is_owed: bool
    is_paused: bool
    is_hidden: bool = False
    subject: str = ""
    text: str = ""

    @property
    def goes(self) -> bool:
        return self.is_owed and not self.is_paused


def due(now: datetime, ban: Ban | None = None) -> QuerySet[Mail]:
    """Mails that are due, soonest first; the key for the next page is (not_before, id)."""
    found = Mail.objects.due(now).select_related("person")
    if ban:
        found = found.filter(pk__in=Reminder.objects.waiting().filter(ban=ban).values("mail"))
    return found.order_by("not_before", "pk")


def rehearse(mails: Sequence[Mail], *, now: datetime, reader: User | None = None) -> list[Rehearsed]:
    """What would become of these mails if they were taken now: the frozen words where they still fit, else new ones."""
    found, full = look(mail.pk for mail in mails), weekly.full([mail.pk for mail in mails])
    owed: dict[int, list[Obligation]] = defaultdict(list)
    for each in found:
        if ending(each, now=now) is None and each.mail_id not in full:
            owed[each.mail_id].append(each)
    topics = facts.topics([each for group in owed.values() for each in group])
    paused: set[int | None] = set(Pause.objects.in_force().values_list("ban", flat=True))
    hidden = _hidden(found, reader) if reader else set()
    return [
        _one(mail, owed[mail.pk], topics.get(mail.pk, []), paused, now, is_hidden=mail.pk in hidden) for mail in mails
    ]


def _hidden(found: Sequence[Obligation], reader: User) -> set[int]:
    ids = [each.id for each in found]
    seen = set(Reminder.objects.visible_to(reader).filter(pk__in=ids).values_list("pk", flat=True))
    return {each.mail_id for each in found if each.id not in seen}


def _one(
    mail: Mail,
    owed: Sequence[Obligation],
    topics: Sequence[facts.Topic],
    paused: set[int | None],
    now: datetime,
    *,
    is_hidden: bool,
) -> Rehearsed:
    is_paused = bool(owed) and (None in paused or any(each.ban_id in paused for each in owed))
    if not owed or is_hidden:
        return Rehearsed(mail, bool(owed), is_paused, is_hidden=is_hidden)
    if mail.raw is not None and mail.carries == [each.id for each in owed]:
        return Rehearsed(mail, True, is_paused, subject=mail.subject or "", text=text_of(bytes(mail.raw)))
    letter = compose(facts.Reader.of_owed(owed[0]), topics, now=now)
    return Rehearsed(mail, True, is_paused, subject=letter.subject, text=letter.text)


def text_of(raw: bytes, kind: str = "plain") -> str:
    """The plain (or html) part of a frozen message, as its reader sees it; empty when it has none."""
    part = message_from_bytes(raw, policy=policy.default).get_body((kind,))
    return str(part.get_content()) if part else ""
