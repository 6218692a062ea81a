"""Why a ban stands otherwise than a week ago: joined, left, finished, reopened, waived, in numbers that add up exactly.

What was, is the kept day; what is, are the checklists. The parts that rows name are counted in one statement; the last part of
each balance is what remains, so that it says "otherwise" and hides nothing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from migration_planner.planning.models import Ban, ProgressDay

WEEK = timedelta(days=7)

#: Everybody counted now, by what they were at the end of the kept day. Waived then: as `counting.keep_day` counts it.
PARTS = """
    WITH waived AS (
        SELECT DISTINCT waiver.checklist_id
        FROM planning_waiver AS waiver JOIN planning_checklist AS person ON person.id = waiver.checklist_id
        WHERE waiver.ban_id = %(ban)s AND (waiver.for_all OR person.state = 'waived')
          AND waiver.granted_at < %(then)s AND (waiver.ended_at IS NULL OR waiver.ended_at >= %(then)s)
    ), known AS (
        SELECT checklist.state, checklist.created_at >= %(then)s AS is_new,
               coalesce(checklist.done_at < %(then)s, false) AS was_done,
               waived.checklist_id IS NOT NULL AND checklist.created_at < %(then)s AS was_waived,
               checklist.state NOT IN ('done', 'waived') AND checklist.created_at < %(then)s AND EXISTS (
                   SELECT FROM planning_evidence AS evidence
                   JOIN planning_mark AS mark ON mark.checklist_id = checklist.id AND mark.step_id = evidence.step_id
                   JOIN planning_step AS step ON step.id = mark.step_id AND step.required AND step.removed_at IS NULL
                   WHERE evidence.migration_id = checklist.migration_id AND evidence.verdict = 'regressed'
                     AND evidence.set_aside_at IS NULL AND evidence.found_at >= %(then)s
                     AND mark.state IN ('done', 'not_applicable') AND mark.at < %(then)s AND mark.at <= evidence.found_at
               ) AS is_reopened
        FROM planning_checklist AS checklist LEFT JOIN waived ON waived.checklist_id = checklist.id
        WHERE checklist.ban_id = %(ban)s AND checklist.state <> 'stopped'
    )
    SELECT count(*), count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'waived'),
           count(*) FILTER (WHERE is_new),
           count(*) FILTER (WHERE state = 'done' AND NOT was_done),
           count(*) FILTER (WHERE is_reopened),
           count(*) FILTER (WHERE state = 'waived' AND NOT was_waived),
           count(*) FILTER (WHERE was_waived AND state = 'done' AND NOT was_done),
           count(*) FILTER (WHERE was_waived AND state NOT IN ('done', 'waived'))
    FROM known
"""


@dataclass(frozen=True)
class Difference:
    """From the end of `since` until now: people, done and waived then and now, and what lies between.

    people_now = people_then + joined - left; done_now = done_then + finished - reopened_by_scan - undone;
    waived_now = waived_then + granted - waived_finished - waivers_ended - waived_otherwise. What is net (`left`, `undone`,
    `waived_otherwise`) is below none when more came back.
    """

    since: date
    people_then: int
    people_now: int
    done_then: int
    done_now: int
    waived_then: int
    waived_now: int
    joined: int
    finished: int
    reopened_by_scan: int
    granted: int
    waived_finished: int
    waivers_ended: int

    @property
    def left(self) -> int:
        """Left the audience, less those who came back."""
        return self.people_then + self.joined - self.people_now

    @property
    def undone(self) -> int:
        """Had finished and have no more: left, took a mark back, or were asked for another step."""
        return self.done_then + self.finished - self.reopened_by_scan - self.done_now

    @property
    def waived_otherwise(self) -> int:
        """Were waived and left the audience, less those who came back."""
        return self.waived_then + self.granted - self.waived_finished - self.waivers_ended - self.waived_now

    @property
    def is_quiet(self) -> bool:
        """Nothing at all has changed."""
        return not any(
            (self.joined, self.left, self.finished, self.reopened_by_scan, self.undone, self.granted, self.waivers_ended,
             self.waived_finished, self.waived_otherwise)
        )  # fmt: skip


def last_week(ban: Ban, *, now: datetime) -> Difference | None:
    """Since the kept day a week ago, or the first one of a younger ban; None before a day is over. Two queries."""
    then = _day(ban, now)
    if then is None:
        return None
    end = datetime.combine(then.day + timedelta(days=1), time(), UTC)
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"ban": ban.pk, "then": end})
        people, done, waived, joined, finished, reopened, granted, waived_finished, ended = cursor.fetchone()
    return Difference(
        since=then.day,
        people_then=then.people,
        people_now=people,
        done_then=then.done,
        done_now=done,
        waived_then=then.waived,
        waived_now=waived,
        joined=joined,
        finished=finished,
        reopened_by_scan=min(reopened, max(then.done + finished - done, 0)),
        granted=granted,
        waived_finished=waived_finished,
        waivers_ended=ended,
    )


def _day(ban: Ban, now: datetime) -> ProgressDay | None:
    """The latest kept day that was over a week ago, else the earliest."""
    kept = ban.progress_days.filter(team__isnull=True)
    week_ago = (now - WEEK).astimezone(UTC).date()
    return kept.filter(day__lte=week_ago).order_by("-day").first() or kept.order_by("day").first()
