"""What will be sent, before it is: on which day how many mails, and every mail as a chosen person would read it.

The days come from the ladder and the words from the composing of real mails, so a preview is what will be sent when nobody
acts. A draft is shown as if it were published now. What is planned already, of a ban in force, is shown as it stands.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from migration_planner.lib.zones import local_day
from migration_planner.people.models import User
from migration_planner.planning import audience
from migration_planner.planning.models import Ban
from migration_planner.reminders import facts
from migration_planner.reminders.ladder import ANNOUNCEMENT, Fall, Window, falls, first_hour, mondays, rungs_of
from migration_planner.reminders.mail import compose
from migration_planner.reminders.models import Heartbeat, Mail, Reminder, Rung
from migration_planner.reminders.obligations import look
from migration_planner.reminders.planning import AHEAD

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
class Group:
    """People whom the same mails reach on the same days."""

    zone: str
    hour: int
    leave_from: date | None
    leave_until: date | None
    asked: bool
    leads: bool
    people: int = 1

    def on_leave(self, day: date) -> bool:
        return (
            self.leave_from is not None and self.leave_until is not None and self.leave_from <= day <= self.leave_until
        )


@dataclass(frozen=True)
class Coming:
    """The stretch of time a preview derives, and how: a draft from its announcement on, else what is not planned yet."""

    ban: Ban
    window: Window
    rungs: list[Rung]
    after: datetime
    announces: bool

    @classmethod
    def of(cls, ban: Ban, *, now: datetime) -> "Coming":
        window, rungs = Window.of(ban, now=now), rungs_of(ban, now=now)
        planner = Heartbeat.objects.filter(pk=Heartbeat.Of.PLANNER).first()
        if ban.is_live and planner and ban.reminders.exists():
            return cls(ban, window, rungs, planner.up_to + AHEAD, announces=False)
        return cls(ban, window, rungs, now, announces=True)

    @property
    def until(self) -> datetime:
        return max(self.window.cutoff_at, self.after) + SHOWN_AFTER

    def falls(self, group: Group) -> dict[date, list[Fall]]:
        """What reaches the group, by its own days."""
        found = defaultdict(list)
        for fall in self._all(group):
            if fall.rung == ANNOUNCEMENT or not group.on_leave(fall.day):
                found[fall.day].append(fall)
        return found

    def _all(self, group: Group) -> Iterable[Fall]:
        zone, hour = group.zone, group.hour
        if group.asked:
            yield from falls(self.rungs, self.window, zone, hour, after=self.after, until=self.until)
            if self.announces:
                due_at = first_hour(self.after, self.window.cutoff_at, zone, hour)
                yield Fall(zone, hour, ANNOUNCEMENT, local_day(due_at, zone), due_at, self.after)
        if group.leads:
            yield from mondays(self.window, zone, hour, after=self.after, until=self.until)


def calendar(ban: Ban, *, now: datetime) -> list[tuple[date, int]]:
    """Day by day, the number of mails about this ban, each on the reader's own date. Raises DomainError without a cutoff.

    One statement counts the people; its cost in Python grows with the zones and hours, not with the people.
    """
    coming = Coming.of(ban, now=now)
    days = Counter(dict(_planned(ban)))
    for group in _groups(ban):
        days.update(dict.fromkeys(coming.falls(group), group.people))
    return sorted(days.items())


def mails_for(ban: Ban, person: User, *, now: datetime) -> list[PreviewMail]:
    """Every mail this person will get about the ban, in order, worded as it will be. Of a planned mail, all it says."""
    planned = [_planned_mail(person, mail, topics) for mail, topics in _planned_of(ban, person)]
    group = _group_of(ban, person)
    if group is None:
        return planned
    topic = _topic(ban, person, group)
    days = Coming.of(ban, now=now).falls(group)
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
    kinds = {ANNOUNCEMENT: Kind.ANNOUNCEMENT, "bundle": Kind.BUNDLE}
    topic = topic.of_kinds({str(kinds.get(fall.rung, Kind.RUNG)) for fall in fallen})
    letter = compose(facts.Reader.of(person), [topic], now=due_at)
    return PreviewMail(day, due_at, letter.subject, letter.text, letter.html)


def _topic(ban: Ban, person: User, group: Group) -> facts.Topic:
    """All that can be said to the person about the ban, as things stand."""
    topic = facts.topic_of(ban, person)
    return topic.with_bundle(facts.bundle_of(ban, person)) if group.leads else topic


def _group_of(ban: Ban, person: User) -> Group | None:
    """The person as a group of one; None when no mail about the ban reaches them."""
    return next(iter(_groups(ban, person)), None)


def _groups(ban: Ban, person: User | None = None) -> list[Group]:
    """The people a ban writes to, grouped by what decides their days; or one person alone."""
    asked, teams = _asked(ban)
    (asked_sql, asked_values), (teams_sql, teams_values) = (
        rows.order_by().query.sql_with_params() for rows in (asked, teams)
    )
    statement = GROUPS.format(asked=asked_sql, teams=teams_sql)
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [*asked_values, *teams_values, person.pk if person else None, person.pk if person else None]
        )
        return [Group(*row) for row in cursor.fetchall()]


def _asked(ban: Ban) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """Who has something to do, and the teams they are counted in, as columns of ids and of paths."""
    if ban.state == Ban.State.DRAFT:
        homes = audience.homes(ban)
        return homes.values("user_id"), homes.values("team__path").distinct()
    if not ban.is_live:
        return ban.checklists.none().values("person_id"), ban.migrations.none().values("path")
    return ban.checklists.unfinished().values("person_id"), ban.migrations.filter(people__gt=F("done")).values("path")


GROUPS = """
    WITH asked AS (SELECT id FROM ({asked}) AS found(id)),
    above AS (
        SELECT DISTINCT array_to_string((string_to_array(path, '/'))[1:level], '/') COLLATE "C" AS path
        FROM (SELECT path FROM ({teams}) AS found(path)) AS team,
             generate_series(1, cardinality(string_to_array(path, '/'))) AS level
    ), leads AS (
        SELECT DISTINCT led.user_id AS id FROM people_membership AS led JOIN people_team AS team ON team.id = led.team_id
        JOIN above ON above.path = team.path WHERE led.role = 'lead'
    )
    SELECT person.zone, person.reminder_hour, person.leave_from, person.leave_until,
           asked.id IS NOT NULL, leads.id IS NOT NULL, count(*)
    FROM people_user AS person LEFT JOIN asked USING (id) LEFT JOIN leads USING (id)
    WHERE person.is_active AND person.email <> '' AND person.address_refused_at IS NULL
      AND (asked.id IS NOT NULL OR leads.id IS NOT NULL) AND (%s::bigint IS NULL OR person.id = %s)
    GROUP BY 1, 2, 3, 4, 5, 6
"""
