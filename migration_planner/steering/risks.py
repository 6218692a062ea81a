"""The teams that decide a ban: where most people are expected to be late, and why, in plain facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from migration_planner.people.models import Membership
from migration_planner.planning.models import Ban, Migration
from migration_planner.steering.models import Forecast
from migration_planner.steering.throughput import working_days

#: A team where nobody has moved for so many working days stands still.
QUIET = 5
#: A step is what holds a team up when so many of those who have begun lack it, in people and as a share.
SAME_STEP, SAME_STEP_SHARE = 3, 0.6
#: Half of the time is over.
HALF_TIME = 0.5

#: Of each team's own people: who moved last, and the step that most of those who have begun have not finished.
FACTS = """
    SELECT migration.id,
        (SELECT max(last_activity_at) FROM planning_checklist WHERE migration_id = migration.id AND state <> 'stopped'),
        begun.people, step.title, step.lacking
    FROM planning_migration AS migration
    CROSS JOIN LATERAL (
        SELECT count(*) AS people FROM planning_checklist
        WHERE migration_id = migration.id AND state IN ('started', 'blocked')
    ) AS begun
    LEFT JOIN LATERAL (
        SELECT asked.title, count(*) AS lacking
        FROM planning_checklist AS checklist
        JOIN planning_step AS asked ON asked.ban_id = checklist.ban_id AND asked.per = 'person' AND asked.required
                                   AND asked.removed_at IS NULL
        LEFT JOIN planning_mark AS mark ON mark.checklist_id = checklist.id AND mark.step_id = asked.id
                                       AND mark.state IN ('done', 'not_applicable')
        WHERE checklist.migration_id = migration.id AND checklist.state IN ('started', 'blocked') AND mark.id IS NULL
        GROUP BY asked.id, asked.title ORDER BY count(*) DESC, asked.id LIMIT 1
    ) AS step ON true
    WHERE migration.id = ANY(%(migrations)s)
"""


class Why(Enum):
    """A reason why a team will be late, worst first."""

    NOBODY_STARTED = "nobody_started"
    QUIET = "quiet"
    BLOCKED = "blocked"
    SAME_STEP = "same_step"
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
    facts = _facts(found)
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
    lacking: int


def _facts(migrations: Sequence[Migration]) -> dict[int, _Facts]:
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"migrations": [row.pk for row in migrations]})
        return {
            pk: _Facts(moved, begun, title or "", lacking or 0)
            for pk, moved, begun, title, lacking in cursor.fetchall()
        }


def _reasons(ban: Ban, team: Migration, facts: _Facts, now: datetime) -> list[Reason]:
    found = [
        _nobody_started(ban, team, now),
        _quiet(facts, now),
        _blocked(team),
        _same_step(facts),
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
    if facts.lacking < SAME_STEP or facts.lacking < facts.begun * SAME_STEP_SHARE:
        return None
    return Reason(Why.SAME_STEP, {"people": facts.lacking, "of": facts.begun, "title": facts.step})
