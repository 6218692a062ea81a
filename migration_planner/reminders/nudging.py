"""A lead's polite word to the unfinished of a team: one act for the many, at most one nudge a day for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from migration_planner.lib import zones
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist, Event, Migration
from migration_planner.reminders.falling import Place
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.places import place

#: A nudge reaches people between their reminder hour and this hour of their evening; else at their next hour.
EVENING = 20

#: A word that was needless on a day is needed again when there is something new to say, a nudge once it was taken back.
#: Parameters by position, since the checklists are a statement of the ORM's: the clocks, the checklists, the actor.
QUEUE = """
    WITH clock AS (
        SELECT * FROM unnest(%s::text[], %s::int[], %s::date[], %s::date[], %s::timestamptz[], %s::timestamptz[])
        AS clock(zone, hour, today, day, due_at, next_at)
    ), asked AS MATERIALIZED (
        SELECT checklist.ban_id, person.id AS person_id, clock.today, clock.day, clock.due_at, clock.next_at,
               person.email = '' OR person.address_refused_at IS NOT NULL AS unreachable, {in_place_of} AS asked_for_id,
               EXISTS (SELECT FROM reminders_mail AS mail WHERE mail.person_id = person.id AND mail.day = clock.day
                       AND (mail.state IN ('sent', 'dead', 'held') OR mail.message_id IS NOT NULL)) AS gone
        FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
        JOIN clock ON clock.zone = person.zone AND clock.hour = person.reminder_hour
        WHERE checklist.id IN ({checklists})
    ), queued AS (
        INSERT INTO reminders_reminder (person_id, ban_id, kind, rung, day, due_at, asked_for_id, asked_by_id, state, reason)
        SELECT person_id, ban_id, '{kind}', '{kind}', CASE WHEN gone THEN day + 1 ELSE day END,
               CASE WHEN gone THEN next_at ELSE due_at END, asked_for_id, %s, 'waiting', ''
        FROM asked WHERE NOT unreachable AND NOT EXISTS (
            SELECT FROM reminders_reminder AS earlier WHERE earlier.person_id = asked.person_id
            AND earlier.ban_id = asked.ban_id AND earlier.rung = '{kind}' AND earlier.day >= asked.today
            AND {earlier})
        ON CONFLICT (person_id, ban_id, rung, day) DO UPDATE
            SET state = 'waiting', reason = '', mail_id = NULL, due_at = EXCLUDED.due_at, asked_by_id = EXCLUDED.asked_by_id,
                asked_for_id = EXCLUDED.asked_for_id, event_id = NULL
            WHERE reminders_reminder.state = 'cancelled'
              AND (reminders_reminder.kind <> 'nudge' OR reminders_reminder.reason = 'taken_back')
        RETURNING ban_id, person_id
    )
    SELECT asked.ban_id, count(queued.person_id), count(*) FILTER (WHERE unreachable), count(*)
    FROM asked LEFT JOIN queued USING (ban_id, person_id) GROUP BY asked.ban_id ORDER BY asked.ban_id
"""


#: The lead in whose place somebody wants it for the person of `checklist`: what `behalf.in_place_of` says of one, for many.
COVERS = "(migration.path = {place} OR starts_with(migration.path, {place} || '/'))"
IN_PLACE_OF = f"""
    (SELECT place.lead FROM planning_migration AS migration
     CROSS JOIN unnest(%s::text[], %s::bigint[]) WITH ORDINALITY AS place(path, lead, nth)
     WHERE migration.id = checklist.migration_id AND {COVERS.format(place="place.path")}
       AND NOT EXISTS (SELECT FROM unnest(%s::text[]) AS own(path) WHERE {COVERS.format(place="own.path")})
       AND checklist.ban_id <> ALL (%s::bigint[])
     ORDER BY place.nth LIMIT 1)
"""  # noqa: S608 - constants of this module
#: Whoever got one today, or has one to come, gets no other.
ONE_A_DAY = "earlier.state IN ('waiting', 'sent')"
#: What has no words yet will say what is new as well; what has gone, or has its words, cannot.
SAYS_IT = """
    earlier.state = 'waiting' AND NOT EXISTS (SELECT FROM reminders_mail AS mail WHERE mail.id = earlier.mail_id
                                              AND (mail.message_id IS NOT NULL OR mail.state <> 'waiting'))
"""


@dataclass(frozen=True)
class Nudged:
    """How many nudges were queued; how many people had theirs for the day already, and how many no mail can reach."""

    queued: int = 0
    already: int = 0
    unreachable: int = 0

    def __add__(self, other: "Nudged") -> "Nudged":
        return Nudged(self.queued + other.queued, self.already + other.already, self.unreachable + other.unreachable)


@transaction.atomic
def nudge(checklists: QuerySet[Checklist], *, by: User, now: datetime, migration: Migration | None = None) -> Nudged:
    """Queue a polite mail to everybody unfinished among `checklists` of bans in force; it goes with the next tick.

    `migration` is the team it is about, for history. Whose mail of the day has gone reads it tomorrow.
    """
    asked = _asked(checklists)
    hours = asked.values_list("person__zone", "person__reminder_hour").distinct()
    per_ban = queue(asked, hours, Reminder.Kind.NUDGE, by=by, now=now)
    for ban in Ban.objects.filter(pk__in=[pk for pk, nudged in per_ban.items() if nudged.queued]).order_by("pk"):
        team = migration if migration and migration.ban_id == ban.pk else None
        data = {"queued": per_ban[ban.pk].queued, "already": per_ban[ban.pk].already}
        Event.record(Event.Verb.NUDGED, by=by, now=now, ban=ban, migration=team, data=data)
    return sum(per_ban.values(), Nudged())


def _asked(checklists: QuerySet[Checklist]) -> QuerySet[Checklist]:
    chosen = checklists.order_by().values("pk")
    return Checklist.objects.live().asked().filter(pk__in=chosen, person__is_active=True).order_by()


def queue(
    asked: QuerySet[Checklist],
    hours: Iterable[tuple[str, int]],
    kind: Reminder.Kind,
    *,
    by: User,
    now: datetime,
    earlier: str = ONE_A_DAY,
) -> dict[int, Nudged]:
    """Queue a word of this kind to each of `asked`, whose clocks are `hours`. By ban, what became of them.

    `earlier` is the condition under which one that there is already makes another needless.
    """
    statement, parameters = asked.values("pk").query.sql_with_params()
    places = _places(by)
    with connection.cursor() as cursor:
        queue = QUEUE.format(
            checklists=statement, kind=kind, earlier=earlier, in_place_of=IN_PLACE_OF if places else "NULL::bigint"
        )
        cursor.execute(queue, [*_clocks(hours, now), *places, *parameters, by.pk])
        return {
            ban: Nudged(queued, people - queued - unreachable, unreachable)
            for ban, queued, unreachable, people in cursor.fetchall()
        }


def _places(by: User) -> list[Any]:
    """The parameters of `IN_PLACE_OF`: what one leads for whom, what in one's own right, and the bans one runs.

    Nothing for whoever stands in for nobody, as far as it has been asked (see behalf.py).
    """
    if not by.is_known_to_stand_in:
        return []
    places = [each for each in by.leaderships if each.lead_id is not None]
    runs = list(Ban.objects.run_by(by).values_list("pk", flat=True))
    return [[each.path for each in places], [each.lead_id for each in places], by.own_led_paths, runs]


def _clocks(hours: Iterable[tuple[str, int]], now: datetime) -> list[list[Any]]:
    """For each zone and hour: today, the day and instant of a nudge, and the hour of the day after it. As columns."""
    clocks = []
    for zone, hour in hours:
        at = place(zone, hour)
        due_at = polite(now, at)
        day = at.day(due_at)
        clocks.append((zone, hour, at.day(now), day, due_at, at.instant(day + timedelta(days=1))))
    return [list(column) for column in zip(*clocks, strict=True)] or [[] for _ in range(6)]


def polite(moment: datetime, at: Place) -> datetime:
    """When a word may reach somebody: at once between their hour and the evening while mail may come, else at their hour."""
    begin, end = at.instant(at.day(moment)), zones.instant(at.day(moment), time(EVENING), at.zone)
    return moment if begin <= moment < end and at.hours.allow(moment, at.zone) else at.next(moment)
