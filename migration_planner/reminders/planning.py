"""Who should hear from us in the coming days, derived from the bans, the ladders, the people and the clock.

Set-based: the dates are computed for each place that occurs (zone, hour and calendar), and one statement per ban carries them to
everybody. Safe to repeat, and to run twice at once: rows stand under a unique key, and one planner works at a time.
Rows that somebody is sending just now are skipped, never waited for; the next pass sees them again.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Q

from migration_planner.planning import finishing
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating, notices, placing, settling, waivers
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.falling import ANNOUNCEMENT, Fall, Place, Window, falls, first_hour, mondays
from migration_planner.reminders.ladder import rungs_of
from migration_planner.reminders.ledger import follow
from migration_planner.reminders.models import Heartbeat, Reminder, Rung
from migration_planner.reminders.places import of_keys, places
from migration_planner.reminders.statements import FALLS, columns, rows, run
from migration_planner.reminders.wanted import ASKED, ESCALATED, LEADS, NOT_FOR_GOOD, THEIRS

#: So far ahead stand the rows, so that a planner that is down for days loses nothing and everybody sees what is coming.
AHEAD = timedelta(days=8)
#: Keeps the planner's lock apart from any other advisory lock in the same database.
SPACE = 0x6D71

#: It was reckoned from a deadline that nobody of the ban has any more, or its own reader has not.
OTHER_DEADLINE = """
    (known.reckoned_from <> ALL(%(cutoffs)s) OR known.kind = 'rung' AND EXISTS (
        SELECT FROM planning_checklist AS checklist JOIN planning_migration AS migration ON migration.id = checklist.migration_id
        WHERE checklist.ban_id = known.ban_id AND checklist.person_id = known.person_id
          AND migration.deadline_at <> known.reckoned_from))
"""
#: What stands of a kind is made to fit what is wanted: rows are added, put right, or cancelled with a reason.
RECONCILE = """
    WITH wanted AS MATERIALIZED (
        SELECT DISTINCT ON (person_id, rung, day) * FROM ({wanted}) AS each
        ORDER BY person_id, rung, day, due_at, reckoned_from DESC
    ),
    added AS (
        INSERT INTO reminders_reminder (person_id, ban_id, kind, rung, day, due_at, reckoned_from, occurrence, state, reason)
        SELECT person_id, %(ban)s, %(kind)s, rung, day, due_at, reckoned_from, occurrence,
               CASE WHEN reason = '' THEN 'waiting' ELSE 'suppressed' END, reason
        FROM wanted WHERE NOT EXISTS (
            SELECT FROM reminders_reminder AS known
            WHERE known.person_id = wanted.person_id AND known.ban_id = %(ban)s AND known.rung = wanted.rung
              AND (known.day = wanted.day OR (known.state = 'sent' AND known.reckoned_from = wanted.reckoned_from
                                              AND known.occurrence = wanted.occurrence)))
        ON CONFLICT (person_id, ban_id, rung, day) DO NOTHING RETURNING 1
    ), changing AS (
        SELECT known.id, wanted.due_at, wanted.reckoned_from, wanted.occurrence, wanted.reason
        FROM reminders_reminder AS known JOIN wanted USING (person_id, rung, day)
        WHERE known.ban_id = %(ban)s AND known.kind = %(kind)s AND known.due_at > %(now)s
          AND (known.state IN ('waiting', 'cancelled') OR known.reason {not_for_good})
          AND (known.due_at, known.reckoned_from, known.occurrence, known.reason)
              IS DISTINCT FROM (wanted.due_at, wanted.reckoned_from, wanted.occurrence, wanted.reason::varchar)
        FOR UPDATE OF known SKIP LOCKED
    ), changed AS (
        UPDATE reminders_reminder AS known
        SET due_at = changing.due_at, reckoned_from = changing.reckoned_from, occurrence = changing.occurrence,
            reason = changing.reason, mail_id = NULL,
            state = CASE WHEN changing.reason = '' THEN 'waiting' ELSE 'suppressed' END
        FROM changing WHERE changing.id = known.id RETURNING 1
    ), outdated AS (
        SELECT known.id FROM reminders_reminder AS known
        WHERE known.ban_id = %(ban)s AND known.kind = %(kind)s AND known.due_at < %(until)s
          AND (known.due_at > %(now)s OR (known.kind <> 'bundle' AND {other_deadline}))
          AND (known.state = 'waiting' OR (known.state = 'suppressed' AND known.reason {not_for_good}))
          AND NOT EXISTS (SELECT FROM wanted WHERE wanted.person_id = known.person_id AND wanted.rung = known.rung
                                               AND wanted.day = known.day)
        FOR UPDATE SKIP LOCKED
    ), cancelled AS (
        UPDATE reminders_reminder AS known SET state = 'cancelled', mail_id = NULL, reason = coalesce((
            SELECT CASE checklist.state WHEN 'done' THEN 'done' WHEN 'stopped' THEN 'stopped' END
            FROM planning_checklist AS checklist
            WHERE checklist.ban_id = known.ban_id AND checklist.person_id = known.person_id AND known.kind = 'rung'
        ), CASE WHEN known.kind <> 'bundle' AND {other_deadline} THEN 'cutoff_moved'
                WHEN known.kind <> 'bundle' AND known.rung <> ALL(%(ladder)s) THEN 'ladder_changed'
                WHEN EXISTS (SELECT FROM wanted WHERE wanted.person_id = known.person_id AND wanted.rung = known.rung)
                  OR known.kind = 'rung' AND split_part(known.rung, '/', 2) = '' THEN 'moved'
                ELSE 'not_meant' END)
        FROM outdated WHERE outdated.id = known.id RETURNING 1
    )
    SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed), (SELECT count(*) FROM cancelled)
"""
UNAWARE = """
    FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
    WHERE checklist.ban_id = %(ban)s AND checklist.state NOT IN ('done', 'stopped') AND person.is_active
      AND NOT EXISTS (SELECT FROM reminders_reminder AS known WHERE known.person_id = person.id
                      AND known.ban_id = %(ban)s AND known.rung = %(rung)s)
"""
#: Those who have not heard of the ban; leave does not keep it from them.
ANNOUNCE = f"""
    WITH unaware AS (SELECT person.id AS person_id, person.zone, person.reminder_hour AS hour, checklist.created_at,
                            CASE WHEN person.email = '' OR person.address_refused_at IS NOT NULL
                                 THEN 'unreachable' ELSE '' END AS reason {UNAWARE})
    INSERT INTO reminders_reminder (person_id, ban_id, kind, rung, day, due_at, reckoned_from, state, reason)
    SELECT person_id, %(ban)s, 'announcement', %(rung)s, falls.day, falls.due_at, falls.reckoned_from,
           CASE WHEN reason = '' THEN 'waiting' ELSE 'suppressed' END, reason
    FROM unaware JOIN {FALLS} ON falls.zone = unaware.zone AND falls.hour = unaware.hour
                             AND falls.reckoned_from = unaware.created_at
    ON CONFLICT (person_id, ban_id, rung, day) DO NOTHING
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Planned:
    """How many reminders one pass added, put right, cancelled and suppressed, and how many mails it made for them."""

    added: int = 0
    changed: int = 0
    cancelled: int = 0
    suppressed: int = 0
    mails: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(
            *(mine + theirs for mine, theirs in zip(asdict(self).values(), asdict(other).values(), strict=True))
        )


@transaction.atomic
def plan(*, now: datetime) -> Planned:
    """Derive every reminder that falls within `AHEAD` and put it into a mail. A second planner at work meanwhile does nothing."""
    if not rows("SELECT pg_try_advisory_xact_lock(%(space)s, 0)", space=SPACE)[0][0]:
        return Planned()
    follow()
    last = Heartbeat.objects.filter(pk=Heartbeat.Of.PLANNER).first()
    due = ArrayAgg("migrations__deadline_at", filter=Q(migrations__people__gt=0), distinct=True)
    bans = list(Ban.objects.live().select_related("tool").prefetch_related("rungs").annotate(due=due))
    planned = sum((_plan_ban(ban, after=_after(ban, last, now), now=now) for ban in bans), Planned())
    finishing.note(now=now)
    planned += Planned(added=notices.derive(now=now) + waivers.derive(now=now, ahead=AHEAD))
    cancelled, suppressed = settling.settle(now=now)
    planned += Planned(cancelled=cancelled, suppressed=suppressed)
    mails, covered = placing.place(now=now)
    beat(Heartbeat.Of.PLANNER, now=now)
    return planned + Planned(suppressed=covered, mails=mails)


def beat(of: Heartbeat.Of, *, now: datetime, trouble: str = "") -> None:
    """Leave a sign of life: on the database's clock, and up to which instant the work is done."""
    run(
        """
        INSERT INTO reminders_heartbeat (of, at, up_to, trouble) VALUES (%(of)s, clock_timestamp(), %(now)s, %(trouble)s)
        ON CONFLICT (of) DO UPDATE SET at = excluded.at, up_to = excluded.up_to, trouble = excluded.trouble
        """,
        of=str(of),
        now=now,
        trouble=trouble,
    )


def _after(ban: Ban, last: Heartbeat | None, now: datetime) -> datetime:
    """From when on rungs are derived: what fell while the clock stood still is derived late, and settled then."""
    return min(last.up_to if last else ban.published_at or now, now)


def _plan_ban(ban: Ban, *, after: datetime, now: datetime) -> Planned:
    window, until = Window.of(ban), now + AHEAD
    rungs, graces, dues = rungs_of(ban), escalating.graces_of(ban), deadlines(ban)
    levels = Levels(window, graces, earlier=tuple(due for due in dues if due != window.cutoff_at))
    own, others = _by_recipient(rungs)

    windows = [window.until(deadline) for deadline in dues]

    def fall(among: Sequence[Rung], where: list[Place]) -> list[Fall]:
        return [
            each for place in where for some in windows for each in falls(among, some, place, after=after, until=until)
        ]

    bundles = [each for place in _of_leads() for each in mondays(window, place, after=after, until=until)]
    cutoffs = [each.cutoff_at for each in windows]
    ladder = [*(rung.key for rung in rungs), *levels.keys]
    reconcile = partial(_reconcile, ban, ladder, cutoffs, now=now, until=until)
    planned = reconcile("rung", ASKED, fall(own, _of_asked(ban)))
    if others or ban.reminders.waiting().filter(kind=Reminder.Kind.THEIRS).exists():
        planned += reconcile("theirs", THEIRS, fall(others, _of_told()))
    planned += _escalate(ban, levels, reconcile, after=after, until=until)
    planned += reconcile("bundle", LEADS, bundles)
    return planned + Planned(added=_announce(ban))


def deadlines(ban: Ban) -> list[datetime]:
    """The deadlines that people of a ban have, as `plan` has read them along: of its waves, and the cutoff. They are few."""
    return sorted({Window.of(ban).cutoff_at, *filter(None, getattr(ban, "due", None) or [])})


def _escalate(
    ban: Ban, levels: Levels, reconcile: Callable[..., Planned], *, after: datetime, until: datetime
) -> Planned:
    """Words to the managers above; nothing is asked where nothing is, or was, to be told."""
    where = escalating.of_managers() if levels.graces else []
    falling = [
        each
        for place in where
        for deadline in levels.deadlines
        for each in levels.falls(place, deadline, after=after, until=until)
    ]
    if not falling and not ban.reminders.waiting().filter(kind=Reminder.Kind.ESCALATION).exists():
        return Planned()
    near = levels.only({fall.reckoned_from for fall in falling})
    return reconcile("escalation", ESCALATED, falling, **escalating.parameters([(ban.pk, near)]))


def _by_recipient(rungs: Sequence[Rung]) -> tuple[list[Rung], list[Rung]]:
    """Those that the person hears, and those that tell somebody else of them."""
    own = [rung for rung in rungs if rung.recipient == Rung.Recipient.PERSON]
    return own, [rung for rung in rungs if rung not in own]


def _reconcile(
    ban: Ban,
    ladder: list[str],
    cutoffs: list[datetime],
    kind: str,
    wanted: str,
    falling: list[Fall],
    *,
    now: datetime,
    until: datetime,
    **known: Any,
) -> Planned:
    counts = rows(
        RECONCILE.format(wanted=wanted, not_for_good=NOT_FOR_GOOD, other_deadline=OTHER_DEADLINE),
        ban=ban.pk,
        kind=kind,
        now=now,
        until=until,
        cutoffs=cutoffs,
        ladder=ladder,
        **columns(falling),
        **known,
    )
    return Planned(*counts[0])


def _announce(ban: Ban) -> int:
    """Everybody asked hears of the ban once, joiners at their first hour after joining."""
    about = {"ban": ban.pk, "rung": ANNOUNCEMENT}
    unaware = rows(f"SELECT DISTINCT person.zone, person.reminder_hour, checklist.created_at {UNAWARE}", **about)
    window = Window.of(ban)
    places = of_keys((zone, hour, 0) for zone, hour, _joined_at in unaware)
    firsts = [_first(window, place, joined_at) for place, (*_key, joined_at) in zip(places, unaware, strict=True)]
    return run(ANNOUNCE, **about, **columns(firsts)) if unaware else 0


def _first(window: Window, place: Place, joined_at: datetime) -> Fall:
    due_at = first_hour(max(joined_at, window.published_at), window.cutoff_at, place)
    return Fall(place.zone, place.hour, place.calendar, ANNOUNCEMENT, place.day(due_at), due_at, joined_at)


def _of_asked(ban: Ban) -> list[Place]:
    return places(
        """
        JOIN planning_checklist AS checklist ON checklist.person_id = person.id
        WHERE checklist.ban_id = %(ban)s AND checklist.state NOT IN ('done', 'stopped') AND person.is_active
        """,
        ban=ban.pk,
    )


def _of_leads() -> list[Place]:
    return places(
        "JOIN people_membership AS led ON led.user_id = person.id AND led.role = 'lead' WHERE person.is_active"
    )


def _of_told() -> list[Place]:
    """Where leads and line managers are."""
    return places(
        """
        WHERE person.is_active AND (
            EXISTS (SELECT FROM people_membership AS led WHERE led.user_id = person.id AND led.role = 'lead')
            OR EXISTS (SELECT FROM people_user AS report WHERE report.line_manager_id = person.id))
        """
    )
