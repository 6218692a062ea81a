"""What will be sent, before it is: on which day how many mails, to whom, and every mail as a chosen person would read it.

The days come from the ladder and the words from the composing of real mails, so a preview is what will be sent when nobody
acts. A draft is shown as if it were published now. What is planned already, of a ban in force, is shown as it stands.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from migration_planner.people.models import User, UserQuerySet
from migration_planner.planning.models import Ban
from migration_planner.reminders import facts, weekly
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.falling import ANNOUNCEMENT, BUNDLE, Fall, Window, falls, first_hour, mondays
from migration_planner.reminders.groups import Group, Reach, groups, people_of
from migration_planner.reminders.ladder import rungs_of
from migration_planner.reminders.mail import compose
from migration_planner.reminders.models import Heartbeat, Mail, Reminder, Rung
from migration_planner.reminders.models.escalations import level_of
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.obligations import look
from migration_planner.reminders.planning import AHEAD
from migration_planner.reminders.theirs import theirs, theirs_of_draft

#: Rungs after the cutoff go on for as long as the ban does; a preview shows these.
SHOWN_AFTER = timedelta(days=28)
Kind = Reminder.Kind


@dataclass(frozen=True)
class PreviewMail:
    """One mail as it will be sent."""

    day: date
    due_at: datetime
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Coming:
    """The stretch of time a preview derives, and how: a draft from its announcement on, else what is not planned yet."""

    ban: Ban
    window: Window
    rungs: list[Rung]
    levels: Levels
    after: datetime
    announces: bool

    @classmethod
    def of(cls, ban: Ban, *, now: datetime) -> "Coming":
        levels, rungs = Levels.of(ban, now=now), rungs_of(ban, now=now)
        window = levels.window
        planner = Heartbeat.objects.filter(pk=Heartbeat.Of.PLANNER).first() if ban.is_live else None
        if planner and ban.reminders.exists():
            return cls(ban, window, rungs, levels, planner.up_to + AHEAD, announces=False)
        return cls(ban, window, rungs, levels, now, announces=True)

    @property
    def reach(self) -> Reach:
        return Reach(self.rungs, [self.levels])

    @property
    def until(self) -> datetime:
        return max(self.window.cutoff_at, self.after) + SHOWN_AFTER

    def falls(self, group: Group) -> dict[date, list[Fall]]:
        """What reaches the group, by its own days, without those on which its week is full."""
        found = self._heard(group, self.after)
        whole = found if self.announces or not settings.MAIL_PER_WEEK else self._heard(group, self.window.published_at)
        ranks = {day: max(rank_of(fall) for fall in fallen) for day, fallen in whole.items()}
        silent = weekly.silent(ranks, settings.MAIL_PER_WEEK)
        return {day: fallen for day, fallen in found.items() if day not in silent}

    def _heard(self, group: Group, after: datetime) -> dict[date, list[Fall]]:
        found: dict[date, list[Fall]] = defaultdict(list)
        for fall in self._all(group, after):
            if fall.rung == ANNOUNCEMENT or not group.on_leave(fall.day):
                found[fall.day].append(fall)
        return found

    def _all(self, group: Group, after: datetime) -> Iterable[Fall]:
        place = group.place
        for deadline, roles in group.by_deadline().items():
            heard = [rung for rung in self.rungs if rung.role in roles]
            yield from falls(heard, self.window.until(deadline), place, after=after, until=self.until)
        above = self.levels.falls(place, after=after, until=self.until)
        yield from (fall for fall in above if self.levels.role(fall.rung) in group.roles)
        if group.asked and (self.announces or after < self.after):
            due_at = first_hour(after, self.window.cutoff_at, place)
            yield Fall(place.zone, place.hour, place.calendar, ANNOUNCEMENT, place.day(due_at), due_at, after)
        if group.leads:
            yield from mondays(self.window, place, after=after, until=self.until)


def calendar(ban: Ban, *, now: datetime) -> list[tuple[date, int]]:
    """Day by day, the number of mails about this ban, each on the reader's own date. Raises DomainError without a cutoff.

    One statement counts the people; its cost in Python grows with the places, not with the people.
    """
    coming = Coming.of(ban, now=now)
    days = Counter(dict(_planned(ban)))
    for group in groups(ban, coming.reach):
        days.update(dict.fromkeys(coming.falls(group), group.people))
    return sorted(days.items())


def people_on(ban: Ban, day: date, *, now: datetime) -> UserQuerySet:
    """Everybody who gets a mail about this ban on that date of their own."""
    coming = Coming.of(ban, now=now)
    reached = [group for group in groups(ban, coming.reach) if day in coming.falls(group)]
    waiting = Reminder.objects.waiting().filter(ban=ban).values("mail")
    planned = Mail.objects.filter(day=day, pk__in=waiting).values("person")
    derived = people_of(ban, coming.reach, reached).values("pk")
    return User.objects.get_queryset().filter(Q(pk__in=planned) | Q(pk__in=derived))


def mails_for(ban: Ban, person: User, *, now: datetime) -> list[PreviewMail]:
    """Every mail this person will get about the ban, in order, worded as it will be. Of a planned mail, all it says."""
    planned = [_planned_mail(person, mail, topics) for mail, topics in _planned_of(ban, person)]
    coming = Coming.of(ban, now=now)
    group = next(iter(groups(ban, coming.reach, person)), None)
    if group is None:
        return planned
    topic = _topic(ban, person, group)
    days = coming.falls(group)
    return planned + [_mail(person, topic, day, days[day]) for day in sorted(days)]


def _planned(ban: Ban) -> list[tuple[date, int]]:
    mails = Mail.objects.filter(reminders__in=Reminder.objects.waiting().filter(ban=ban)).values("pk", "day").distinct()
    return list(Counter(row["day"] for row in mails).items())


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
    roles = {role_of(fall.rung) for fall in fallen}
    said = topic.of_kinds({kind_of(fall.rung) for fall in fallen})
    said = said.with_theirs(told for told in topic.theirs if told.role in roles)
    letter = compose(facts.Reader.of(person), [said], now=due_at)
    return PreviewMail(day, due_at, letter.subject, letter.text, letter.html)


def rank_of(fall: Fall) -> int:
    return weekly.rank(kind_of(fall.rung), fall.due_at, fall.reckoned_from)


def kind_of(rung: str) -> str:
    if rung in (ANNOUNCEMENT, BUNDLE):
        return str(Kind.ANNOUNCEMENT if rung == ANNOUNCEMENT else Kind.BUNDLE)
    if level_of(rung):
        return str(Kind.ESCALATION)
    return str(Kind.RUNG if role_of(rung).endswith(f"/{Rung.Recipient.PERSON}") else Kind.THEIRS)


def _topic(ban: Ban, person: User, group: Group) -> facts.Topic:
    """All that can be said to the person about the ban, as things stand."""
    topic = facts.topic_of(ban, person)
    if group.leads:
        topic = topic.with_bundle(facts.bundle_of(ban, person))
    told = [role for role in group.plain_roles if "/" in role and not role.endswith(f"/{Rung.Recipient.PERSON}")]
    if not told or ban.is_draft:
        return topic.with_theirs(theirs_of_draft(ban, person, told))
    found = theirs({(person.pk, ban.pk, role) for role in told})
    return topic.with_theirs(found[key] for key in sorted(found))
