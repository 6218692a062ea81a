"""What will be sent, before it is: on which day how many mails, to whom, and every mail as a chosen person would read it.

The days come from the ladder and the words from the composing of real mails, so a preview is what will be sent when nobody
acts. A draft is shown as if it were published now. What is planned already, of a ban in force, is shown as it stands; what
will keep silent because somebody's week is full, with the mail of all bans, is shown of neither.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from migration_planner.people.models import User, UserQuerySet
from migration_planner.planning.models import Ban
from migration_planner.reminders import facts
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.falling import Fall
from migration_planner.reminders.groups import Group
from migration_planner.reminders.mail import compose
from migration_planner.reminders.models import Mail, Reminder, Rung
from migration_planner.reminders.models.escalations import level_in
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.obligations import look
from migration_planner.reminders.readers import Readers
from migration_planner.reminders.theirs import theirs, theirs_of_draft
from migration_planner.reminders.upcoming import kind_of


@dataclass(frozen=True)
class PreviewMail:
    """One mail as it will be sent."""

    day: date
    due_at: datetime
    subject: str
    text: str
    html: str


def calendar(ban: Ban, *, now: datetime, readers: Readers | None = None) -> list[tuple[date, int]]:
    """Day by day, the number of mails about this ban, each on the reader's own date. Raises DomainError without a cutoff.

    One statement counts the people; its cost in Python grows with the places, not with the people.
    """
    readers = readers or Readers.of(ban, now=now)
    days: Counter[date] = Counter()
    for reader in readers.all():
        days.update(dict.fromkeys(readers.mails(reader).days, reader.people))
    return sorted(days.items())


def people_on(ban: Ban, day: date, *, now: datetime) -> UserQuerySet:
    """Everybody who gets a mail about this ban on that date of their own."""
    readers = Readers.of(ban, now=now)
    return readers.of_readers(readers.on(day))


def mails_for(ban: Ban, person: User, *, now: datetime) -> list[PreviewMail]:
    """Every mail this person will get about the ban, in order, worded as it will be. Of a planned mail, all it says."""
    readers = Readers.of(ban, now=now)
    reader = next(iter(readers.all(person)), None)
    if reader is None:
        return []
    mails = readers.mails(reader)
    planned = [
        _planned_mail(person, mail, topics) for mail, topics in _planned_of(ban, person) if mail.day in mails.planned
    ]
    topic = _topic(ban, person, reader.groups[ban.pk]) if mails.falls else None
    return planned + [_mail(person, topic, day, mails.falls[day]) for day in sorted(mails.falls) if topic]


def next_for(ban: Ban, person: User, readers: Readers) -> datetime | None:
    """When the first mail about the ban that is not planned yet would fall due for this person. Nothing is worded for that."""
    about = readers.about(ban)
    reader = next(iter(about.all(person)), None)
    falls = about.mails(reader).falls if reader else {}
    return min(fall.due_at for fall in falls[min(falls)]) if falls else None


def _planned_of(ban: Ban, person: User) -> list[tuple[Mail, list[facts.Topic]]]:
    waiting = Reminder.objects.waiting().filter(ban=ban).values("mail")
    mails = list(Mail.objects.filter(person=person, pk__in=waiting).defer("raw").order_by("due_at"))
    topics = facts.topics(look(mail.pk for mail in mails))
    return [(mail, topics[mail.pk]) for mail in mails if mail.pk in topics]


def _planned_mail(person: User, mail: Mail, topics: Sequence[facts.Topic]) -> PreviewMail:
    letter = compose(facts.Reader.of(person), topics, now=mail.due_at)
    return PreviewMail(mail.day, mail.due_at, letter.subject, letter.text, letter.html)


def _mail(person: User, topic: facts.Topic, day: date, fallen: Sequence[Fall]) -> PreviewMail:
    due_at = min(fall.due_at for fall in fallen)
    roles = {role_of(fall.rung): fall.reckoned_from for fall in sorted(fallen, key=lambda fall: fall.reckoned_from)}
    said = topic.of_kinds({kind_of(fall.rung) for fall in fallen})
    said = said.with_theirs(
        told for told in topic.theirs if told.role in roles and told.deadline in (None, roles[told.role])
    )
    letter = compose(facts.Reader.of(person), [said], now=due_at)
    return PreviewMail(day, due_at, letter.subject, letter.text, letter.html)


def _topic(ban: Ban, person: User, group: Group) -> facts.Topic:
    """All that can be said to the person about the ban, as things stand."""
    topic = facts.topic_of(ban, person)
    if group.leads:
        topic = topic.with_bundle(facts.bundle_of(ban, person))
    told = [role for role in group.plain_roles if "/" in role and not role.endswith(f"/{Rung.Recipient.PERSON}")]
    if not told or ban.is_draft:
        return topic.with_theirs(theirs_of_draft(ban, person, told))
    levels = Levels.of(ban)
    found = theirs({(person.pk, ban.pk, role, since) for role in told for since in _sinces(role, levels)})
    return topic.with_theirs(found[key] for key in sorted(found, key=str))


def _sinces(role: str, levels: Levels) -> list[datetime | None]:
    """The deadlines by which a role is told of different people: those of an escalation."""
    return [levels.at(deadline) for deadline in levels.deadlines] if level_in(role) else [None]
