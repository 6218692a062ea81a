"""Whom a ban writes to, with all mail that reaches them, of whichever ban: whether somebody's week is full depends on that.

Grouped by what decides it, so the rows are few however many people there are. Where no week has a limit, other bans are not
looked at.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from migration_planner.lib.working_days import Calendar
from migration_planner.people import calendars
from migration_planner.people.models import User, UserQuerySet
from migration_planner.planning.models import Ban
from migration_planner.reminders import weekly
from migration_planner.reminders.falling import Fall
from migration_planner.reminders.groups import Group, Reach, bound, statement
from migration_planner.reminders.places import place
from migration_planner.reminders.statements import rows
from migration_planner.reminders.upcoming import Coming, rank_of

#: Mail that went within a week counts; a day more, since days are the reader's own.
LOOKED_BACK = timedelta(days=8)


@dataclass(frozen=True)
class Reader:
    """People whom the same mails reach on the same days. `key` tells them apart from all others."""

    groups: dict[int, Group]
    #: By day what stands already: how much it matters, and whether it says something about the ban.
    standing: dict[date, tuple[int, bool]]
    people: int
    key: tuple[Any, ...]


@dataclass(frozen=True)
class Mails:
    """The days on which a reader gets a mail about the ban: those of mails that stand planned, and what falls on others."""

    planned: set[date]
    falls: dict[date, list[Fall]]

    @property
    def days(self) -> set[date]:
        return self.planned | self.falls.keys()


@dataclass(frozen=True)
class Readers:
    """Everybody whom one ban writes to. `comings` has that ban first, and every other that may fill their weeks."""

    comings: Sequence[Coming]
    now: datetime

    @classmethod
    def of(cls, ban: Ban, *, now: datetime) -> "Readers":
        """Raises DomainError for a draft without a cutoff."""
        others = Ban.objects.live().exclude(pk=ban.pk) if settings.MAIL_PER_WEEK else Ban.objects.none()
        return cls([Coming.of(each, now=now) for each in [ban, *others.prefetch_related("rungs")]], now)

    @property
    def ban(self) -> Ban:
        return self.comings[0].ban

    def all(self, person: User | None = None) -> list[Reader]:
        query, values = self._everybody(person)
        found = rows(f"SELECT {KEY}, count(*)::int FROM ({query}) AS reader GROUP BY {KEY}", **values)  # noqa: S608
        known = calendars.by_number(row[2] for row in found)
        return [reader_of(row, known) for row in found]

    def of_readers(self, some: Sequence[Reader]) -> UserQuerySet:
        """The people of some of these."""
        query, values = self._everybody(None)
        wanted = {f"k_{name}": [_plain(each.key[number]) for each in some] for number, name in enumerate(KEY_COLUMNS)}
        return User.objects.filter(pk__in=bound(OF_KEYS.format(query=query), {**values, **wanted}))

    def mails(self, reader: Reader) -> Mails:
        """What reaches a reader about the ban, without the days on which their week is full."""
        ranks: dict[date, int] = {day: rank for day, (rank, _mine) in reader.standing.items()}
        heard = [
            (each, each.heard(reader.groups[each.ban.pk])) for each in self.comings if each.ban.pk in reader.groups
        ]
        for _coming, found in heard:
            for day, fallen in found.items():
                ranks[day] = max(ranks.get(day, 0), *map(rank_of, fallen))
        silent = weekly.silent(ranks, settings.MAIL_PER_WEEK)
        mine = next((found for coming, found in heard if coming.ban == self.ban), {})
        return Mails(
            {day for day, (_rank, is_mine) in reader.standing.items() if is_mine and day not in silent},
            {day: fallen for day, fallen in mine.items() if day not in silent},
        )

    def _everybody(self, person: User | None) -> tuple[str, dict[str, Any]]:
        return everybody([(each.ban, each.reach) for each in self.comings], now=self.now, person=person)


def everybody(
    reached: Sequence[tuple[Ban, Reach]],
    *,
    now: datetime,
    person: User | None = None,
    site: str | None = None,
    derived: bool = True,
) -> tuple[str, dict[str, Any]]:
    """Everybody whom the first of these bans reaches, one row each, as a statement with named parameters.

    Without `derived`, what lies ahead of that ban is left out as far as it follows from ladder, window and people.
    """
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, (ban, reach) in enumerate(reached):
        query, known = statement(ban, reach, person, site)
        parts.append(REACHED.format(query=re.sub(r"%\((\w+)\)s", rf"%(\1_{number})s", query), ban=ban.pk))
        values |= {f"{name}_{number}": value for name, value in known.items()}
    values |= {
        "one": person.pk if person else None,
        "mine": reached[0][0].pk,
        "all": len(reached) > 1 or not derived,
        "derived": derived,
        "now": now,
        "back": (now - LOOKED_BACK).date(),
    }
    return EVERYBODY.format(reached=" UNION ALL ".join(parts)), values


def reader_of(row: tuple[Any, ...], known: dict[int, Calendar]) -> Reader:
    *key, people = row
    zone, hour, number, leave_from, leave_until, roles, standing = key
    where, by_ban = place(zone, hour, number, known[number]), defaultdict(set)
    for word in roles:
        ban, _space, role = word.partition(" ")
        by_ban[int(ban)].add(role)
    groups = {ban: Group(where, leave_from, leave_until, frozenset(found), people) for ban, found in by_ban.items()}
    return Reader(groups, dict(map(_stands, standing)), people, tuple(key))


def _plain(value: Any) -> Any:
    """A list of words as one."""
    return ",".join(value) if isinstance(value, list) else value


def _stands(word: str) -> tuple[date, tuple[int, bool]]:
    day, rank, mine = word.split()
    return date.fromisoformat(day), (int(rank), mine == "true")


#: Kinds that follow from ladder, window and people, and so are foreseen anew where one of these changes.
DERIVED = "('rung', 'theirs', 'bundle', 'escalation')"
REACHED = "SELECT id, {ban} AS ban_id, roles FROM ({query}) AS of_ban"
KEY_COLUMNS = ("zone", "hour", "calendar", "leave_from", "leave_until", "roles", "standing")
KEY = ", ".join(KEY_COLUMNS)
#: `stands`: by person and day, mail that waits, and (where weeks have a limit) what has gone of late, which counts come what may.
EVERYBODY = f"""
    SELECT person.id, person.zone, person.reminder_hour AS hour, {calendars.NUMBER} AS calendar, person.leave_from,
           person.leave_until, coalesce(reached.roles, '{{{{}}}}') AS roles, coalesce(stands.days, '{{{{}}}}') AS standing
    FROM (
        SELECT id, array_agg(ban_id || ' ' || role ORDER BY ban_id, role COLLATE "C") AS roles,
               bool_or(ban_id = %(mine)s) AS is_mine
        FROM ({{reached}}) AS of_bans, unnest(roles) AS role GROUP BY id
    ) AS reached FULL JOIN (
        SELECT id, array_agg(day || ' ' || rank || ' ' || is_mine ORDER BY day) AS days, bool_or(is_mine) AS is_mine
        FROM (
            SELECT mail.person_id AS id, mail.day, max({weekly.RANK}) AS rank, bool_or(reminder.ban_id = %(mine)s) AS is_mine
            FROM reminders_mail AS mail
            JOIN reminders_reminder AS reminder ON reminder.mail_id = mail.id AND reminder.state = 'waiting'
            WHERE mail.state = 'waiting' AND (%(all)s OR reminder.ban_id = %(mine)s)
              AND (%(derived)s OR reminder.ban_id <> %(mine)s OR reminder.kind NOT IN {DERIVED}
                   OR reminder.due_at <= %(now)s)
              AND (%(one)s::bigint IS NULL OR mail.person_id = %(one)s)
            GROUP BY 1, 2
            UNION ALL
            SELECT person_id, day, {weekly.MUST}, false FROM reminders_mail
            WHERE state IN ('sent', 'held') AND %(all)s AND day >= %(back)s
              AND (%(one)s::bigint IS NULL OR person_id = %(one)s)
        ) AS mails GROUP BY id
    ) AS stands USING (id) JOIN people_user AS person USING (id) {calendars.JOINED}
    WHERE reached.is_mine OR stands.is_mine
"""  # noqa: S608 - constants of this package
OF_KEYS = """
    SELECT reader.id FROM ({query}) AS reader
    JOIN unnest(%(k_zone)s::text[], %(k_hour)s::int[], %(k_calendar)s::bigint[], %(k_leave_from)s::date[],
                %(k_leave_until)s::date[], %(k_roles)s::text[], %(k_standing)s::text[])
      AS wanted(zone, hour, calendar, leave_from, leave_until, roles, standing)
      ON wanted.zone = reader.zone AND wanted.hour = reader.hour AND wanted.calendar = reader.calendar
     AND (wanted.leave_from, wanted.leave_until) IS NOT DISTINCT FROM (reader.leave_from, reader.leave_until)
     AND wanted.roles = array_to_string(reader.roles, ',') AND wanted.standing = array_to_string(reader.standing, ',')
"""
