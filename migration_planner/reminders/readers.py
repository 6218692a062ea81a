"""Whom a ban writes to, with all mail that reaches them, of whichever ban: whether somebody's week is full depends on that.

Grouped by what decides it, so the rows are few however many people there are. Where no week has a limit, other bans are not
looked at.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from migration_planner.lib.working_days import Calendar
from migration_planner.people import calendars
from migration_planner.people.models import User, UserQuerySet
from migration_planner.planning.models import Ban
from migration_planner.reminders import weekly
from migration_planner.reminders.digits import Digits
from migration_planner.reminders.falling import Fall
from migration_planner.reminders.groups import AMONG, OF_OTHERS, REACHABLE, REACHED, Group, Reach, bound, statement
from migration_planner.reminders.places import place
from migration_planner.reminders.statements import large_rows, rows
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

    @property
    def zone(self) -> str:
        return str(self.key[KEY_COLUMNS.index("zone")])


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
    #: Everybody, once they were asked for.
    found: list[Reader] = field(default_factory=list)

    @classmethod
    def of(cls, ban: Ban, *, now: datetime) -> "Readers":
        """Raises DomainError for a draft without a cutoff."""
        others = Ban.objects.live().exclude(pk=ban.pk) if settings.MAIL_PER_WEEK else Ban.objects.none()
        return cls([Coming.of(each, now=now) for each in [ban, *others.prefetch_related("rungs")]], now)

    @property
    def ban(self) -> Ban:
        return self.comings[0].ban

    def about(self, ban: Ban) -> "Readers":
        """The same of another ban in force. What is known of all bans is not asked again."""
        if all(each.ban != ban for each in self.comings):
            return Readers.of(ban, now=self.now)
        return replace(self, comings=sorted(self.comings, key=lambda each: each.ban != ban), found=[])

    def all(self, person: User | None = None) -> list[Reader]:
        if person:
            return self._everybody(person).grouped()
        if not self.found:
            self.found.extend(self._everybody(None).grouped())
        return self.found

    def on(self, day: date) -> list[Reader]:
        """Those who get a mail about the ban on that date of their own."""
        return [reader for reader in self.all() if day in self.mails(reader).days]

    def of_readers(self, some: Sequence[Reader]) -> UserQuerySet:
        """The people of some of these."""
        everybody = self._everybody(None)
        wanted = {f"k_{name}": [_plain(each.key[number]) for each in some] for number, name in enumerate(KEY_COLUMNS)}
        return User.objects.filter(pk__in=bound(OF_KEYS.format(query=everybody.query), {**everybody.values, **wanted}))

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

    def _everybody(self, person: User | None) -> "Everybody":
        return Everybody.of([(each.ban, each.reach) for each in self.comings], now=self.now, person=person)


@dataclass(frozen=True)
class Everybody:
    """Everybody whom the first of some bans reaches, one row each, as a statement with named parameters."""

    query: str
    values: dict[str, Any]
    mine: int
    digits: Digits

    @classmethod
    def of(
        cls,
        reached: Sequence[tuple[Ban, Reach]],
        *,
        now: datetime,
        person: User | None = None,
        site: str | None = None,
        derived: bool = True,
    ) -> "Everybody":
        """Without `derived`, what lies ahead of the first is left out as far as it follows from ladder, window and people."""
        mine, digits = reached[0][0].pk, Digits.of(reached[1:])
        query, values = _joined(reached, person, digits)
        values |= {
            **digits.parameters,
            "person": person.pk if person else None,
            "site": site,
            "mine": mine,
            "all": len(reached) > 1 or not derived,
            "derived": derived,
            "now": now,
            "back": (now - LOOKED_BACK).date(),
        }
        return cls(query, values, mine, digits)

    def grouped(self) -> list[Reader]:
        read = rows if self.values["person"] else large_rows
        found = read(f"SELECT {KEY}, count(*)::int FROM ({self.query}) AS reader GROUP BY {KEY}", **self.values)  # noqa: S608
        known = calendars.by_number(row[2] for row in found)
        return [self._reader(row, known) for row in found]

    def _reader(self, row: tuple[Any, ...], known: dict[int, Calendar]) -> Reader:
        *key, people = row
        zone, hour, number, leave_from, leave_until, roles, beside, standing = key
        where, by_ban = place(zone, hour, number, known[number]), defaultdict(set)
        for word in roles:
            ban, _space, role = word.partition(" ")
            by_ban[int(ban)].add(role)
        for ban, found in self.digits.read(int(beside)):
            by_ban[ban] |= found
        groups = {ban: Group(where, leave_from, leave_until, frozenset(found), people) for ban, found in by_ban.items()}
        return Reader(groups, dict(map(_stands, standing)), people, tuple(key))


def _joined(reached: Sequence[tuple[Ban, Reach]], person: User | None, digits: Digits) -> tuple[str, dict[str, Any]]:
    """Beside all that the first reaches, who is told of others under each other ban."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, (ban, reach) in enumerate(reached):
        query, known = statement(ban, reach, person, f"{ban.pk} ", OF_OTHERS if number else REACHED)
        parts.append(re.sub(r"%\((\w+)\)s", rf"%(\1_{number})s", query))
        values |= {f"{name}_{number}": value for name, value in known.items()}
    mine, *others = parts
    told = [f"LEFT JOIN ({part}) AS told_{number} USING (id)" for number, part in enumerate(others)]
    roles = [f" || coalesce(told_{number}.roles, '{{}}')" for number in range(len(others))]
    return EVERYBODY.format(mine=mine, told=" ".join(told), roles="".join(roles), numbered=digits.numbered), values


def _plain(value: Any) -> Any:
    """A list of words as one."""
    return ",".join(value) if isinstance(value, list) else value


def _stands(word: str) -> tuple[date, tuple[int, bool]]:
    day, rank, mine = word.split()
    return date.fromisoformat(day), (int(rank), mine == "true")


#: Kinds that follow from ladder, window and people, and so are foreseen anew where one of these changes.
DERIVED = "('rung', 'theirs', 'bundle', 'escalation')"
KEY_COLUMNS = ("zone", "hour", "calendar", "leave_from", "leave_until", "roles", "beside", "standing")
KEY = ", ".join(KEY_COLUMNS)
#: `stands`: by person and day, mail that waits, and (where weeks have a limit) what has gone of late, which counts come what may.
EVERYBODY = f"""
    SELECT person.id, person.zone, person.reminder_hour AS hour, {calendars.NUMBER} AS calendar, person.leave_from,
           person.leave_until, CASE WHEN {REACHABLE} THEN coalesce(mine.roles, '{{{{}}}}'){{roles}} ELSE '{{{{}}}}' END AS roles,
           CASE WHEN {REACHABLE} THEN coalesce(beside.number, 0) ELSE 0 END AS beside,
           coalesce(stands.days, '{{{{}}}}') AS standing
    FROM ({{mine}}) AS mine FULL JOIN (
        SELECT id, array_agg(day || ' ' || rank || ' ' || is_mine ORDER BY day) AS days, bool_or(is_mine) AS is_mine
        FROM (
            SELECT mail.person_id AS id, mail.day, max({weekly.RANK}) AS rank, bool_or(reminder.ban_id = %(mine)s) AS is_mine
            FROM reminders_mail AS mail
            JOIN reminders_reminder AS reminder ON reminder.mail_id = mail.id AND reminder.state = 'waiting'
            WHERE mail.state = 'waiting' AND (%(all)s OR reminder.ban_id = %(mine)s)
              AND (%(derived)s OR reminder.ban_id <> %(mine)s OR reminder.kind NOT IN {DERIVED}
                   OR reminder.due_at <= %(now)s)
              AND (%(person)s::bigint IS NULL OR mail.person_id = %(person)s)
            GROUP BY 1, 2
            UNION ALL
            SELECT person_id, day, {weekly.MUST}, false FROM reminders_mail
            WHERE state IN ('sent', 'held') AND %(all)s AND day >= %(back)s
              AND (%(person)s::bigint IS NULL OR person_id = %(person)s)
        ) AS mails GROUP BY id
    ) AS stands USING (id) LEFT JOIN ({{numbered}}) AS beside USING (id) {{told}}
    JOIN people_user AS person USING (id) {calendars.JOINED}
    WHERE ((mine.id IS NOT NULL AND {REACHABLE}) OR stands.is_mine) AND {AMONG}
"""  # noqa: S608 - constants of this package
#: As an array, since PostgreSQL expects nobody to be found: it would go through everybody for each of the many who are.
OF_KEYS = """
    SELECT unnest(ARRAY(SELECT reader.id FROM ({query}) AS reader
    JOIN unnest(%(k_zone)s::text[], %(k_hour)s::int[], %(k_calendar)s::bigint[], %(k_leave_from)s::date[],
                %(k_leave_until)s::date[], %(k_roles)s::text[], %(k_beside)s::numeric[],
                %(k_standing)s::text[])
      AS wanted(zone, hour, calendar, leave_from, leave_until, roles, beside, standing)
      ON wanted.zone = reader.zone AND wanted.hour = reader.hour AND wanted.calendar = reader.calendar
     AND (wanted.leave_from, wanted.leave_until) IS NOT DISTINCT FROM (reader.leave_from, reader.leave_until)
     AND wanted.beside = reader.beside AND wanted.roles = array_to_string(reader.roles, ',')
     AND wanted.standing = array_to_string(reader.standing, ',')))
"""
