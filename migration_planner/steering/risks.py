"""The teams that decide a ban: where most people are expected to be late, and why, in plain facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from migration_planner.people.models import Membership
from migration_planner.planning.models import Ban, Migration
from migration_planner.planning.standing import FINISHED, OF_CHECKLIST
from migration_planner.steering.models import Forecast
from migration_planner.steering.throughput import working_days

#: A team where nobody has moved for so many working days stands still.
QUIET = 5
#: A step is what holds a team up when so many of those who have begun stand at it, in people and as a share.
SAME_STEP, SAME_STEP_SHARE = 3, 0.4
#: Whose waiver ends within so many days will be asked again, and is reminded by then of everything at once.
WAIVER_ENDS = timedelta(days=3)
#: Half of the time is over.
HALF_TIME = 0.5

#: Of each team's own people: who moved last, the step at which most of those who have begun stand (the first of theirs that is
#: not finished: whoever is not done lacks the last one), and whose waiver ends soon.
FACTS = f"""
    SELECT migration.id,
        (SELECT max(last_activity_at) FROM planning_checklist WHERE migration_id = migration.id AND state <> 'stopped'),
        begun.people, stands.title, stands.people,
        (SELECT count(*) FROM planning_waiver AS waiver JOIN planning_checklist AS checklist ON checklist.id = waiver.checklist_id
         WHERE checklist.migration_id = migration.id AND checklist.state NOT IN ('done', 'stopped')
           AND waiver.state = 'granted' AND waiver.until_at <= %(soon)s)
    FROM planning_migration AS migration
    CROSS JOIN LATERAL (
        SELECT count(*) AS people FROM planning_checklist
        WHERE migration_id = migration.id AND state IN ('started', 'blocked')
    ) AS begun
    LEFT JOIN LATERAL (
        SELECT next.title, count(*) AS people
        FROM planning_checklist AS checklist
        CROSS JOIN LATERAL (
            SELECT step.id, step.title FROM planning_step AS step
            LEFT JOIN ({OF_CHECKLIST}) AS known ON known.step_id = step.id
            WHERE step.ban_id = migration.ban_id AND step.per = 'person' AND step.required AND step.removed_at IS NULL
              AND NOT {FINISHED}
            ORDER BY step.position, step.id LIMIT 1
        ) AS next
        WHERE checklist.migration_id = migration.id AND checklist.state IN ('started', 'blocked')
        GROUP BY next.id, next.title ORDER BY count(*) DESC, next.id LIMIT 1
    ) AS stands ON true
    WHERE migration.id = ANY(%(migrations)s)
"""  # noqa: S608 - constants of ours


class Why(Enum):
    """A reason why a team will be late, worst first."""

    NOBODY_STARTED = "nobody_started"
    QUIET = "quiet"
    BLOCKED = "blocked"
    SAME_STEP = "same_step"
    WAIVER_ENDS = "waiver_ends"
    NO_LEAD = "no_lead"
    TOO_SLOW = "too_slow"


@dataclass(frozen=True)
class Reason:
    why: Why
    #: What the words need: people, days, title.
    facts: dict[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Risk:
    """A team with its own people, how many are expected to be late, and the reasons, worst first (never none)."""

    migration: Migration
    short: int
    reasons: list[Reason]


def at_risk(ban: Ban, *, now: datetime, most: int = 20) -> list[Risk]:
    """The teams with people of their own of whom most are expected to be late. Three queries, however many teams there are."""
    forecasts = {row.team_id: row for row in _forecasts(ban)[:most]}
    leads = Membership.objects.filter(team=OuterRef("team"), role=Membership.Role.LEAD, user__is_active=True)
    migrations = ban.migrations.filter(team__in=forecasts).select_related("team").annotate(is_led=Exists(leads))
    found = list(migrations)
    facts = _facts(found, now)
    risks = [Risk(row, forecasts[row.team_id].short, list(_reasons(ban, row, facts[row.pk], now))) for row in found]
    return sorted(risks, key=lambda risk: (-risk.short, risk.migration.path))


def _forecasts(ban: Ban) -> QuerySet[Forecast]:
    """Of teams most of whose counted people are their own: those above them say the same thing in larger numbers."""
    teams = Forecast.objects.filter(ban=ban, mostly_own=True, short__gt=0)
    return teams.order_by("-short", "team_id").only("team", "short")


@dataclass(frozen=True)
class _Facts:
    last_moved: datetime | None
    begun: int
    step: str
    standing: int
    waivers: int


def _facts(migrations: Sequence[Migration], now: datetime) -> dict[int, _Facts]:
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"migrations": [row.pk for row in migrations], "soon": now + WAIVER_ENDS})
        return {
            pk: _Facts(moved, begun, title or "", standing or 0, waivers)
            for pk, moved, begun, title, standing, waivers in cursor.fetchall()
        }


def _reasons(ban: Ban, team: Migration, facts: _Facts, now: datetime) -> list[Reason]:
    found = [
        _nobody_started(ban, team, now),
        _quiet(facts, now),
        _blocked(team),
        _same_step(facts),
        Reason(Why.WAIVER_ENDS, {"people": facts.waivers, "days": WAIVER_ENDS.days}) if facts.waivers else None,
        None if team.is_led else Reason(Why.NO_LEAD),  # type: ignore[attr-defined]  # annotated in at_risk
    ]
    return [reason for reason in found if reason] or [Reason(Why.TOO_SLOW, {"people": team.people - team.done})]


def _nobody_started(ban: Ban, team: Migration, now: datetime) -> Reason | None:
    if team.not_started < team.people or not ban.published_at or not ban.cutoff_at:
        return None
    passed = (now - ban.published_at) / max(ban.cutoff_at - ban.published_at, ban.cutoff_at - now)
    return Reason(Why.NOBODY_STARTED, {"people": team.people}) if passed >= HALF_TIME else None


def _quiet(facts: _Facts, now: datetime) -> Reason | None:
    if facts.last_moved is None:
        return None
    days = working_days(facts.last_moved.astimezone(UTC).date(), now.astimezone(UTC).date())
    return Reason(Why.QUIET, {"days": days}) if days >= QUIET else None


def _blocked(team: Migration) -> Reason | None:
    """Of those who have still to finish, as the team's page says it: whoever is waived is asked nothing."""
    unfinished = team.people - team.done - team.waived
    return (
        Reason(Why.BLOCKED, {"people": team.blocked, "of": unfinished}) if team.blocked * 4 >= unfinished > 0 else None
    )


def _same_step(facts: _Facts) -> Reason | None:
    if facts.standing < SAME_STEP or facts.standing < facts.begun * SAME_STEP_SHARE:
        return None
    return Reason(Why.SAME_STEP, {"people": facts.standing, "of": facts.begun, "title": facts.step})
