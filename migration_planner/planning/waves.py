"""Waves of a ban: teams that move together by an earlier date, with entry criteria and a record of go and no go.

A team's deadline is the cutoff of the wave of its nearest ancestor (or itself) that a wave names, else the ban's. It is kept on
the migration (`deadline_at`), so every statement about mail or pages reads it there; see `counting.DEADLINES`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Team, User
from migration_planner.planning import audience, changing, drafting, seconding
from migration_planner.planning.counting import DEADLINES
from migration_planner.planning.models import Ban, Event, Wave, WaveDecision, WaveTeam
from migration_planner.planning.models.waves import MOST_WAVES
from migration_planner.planning.progress import Figures

WORDS_LENGTH = 2000


@dataclass(frozen=True)
class Plan:
    """What is said of a wave: its name, its cutoff by the clocks of the ban's zone, its entry criteria."""

    name: str
    day: date
    at: time
    criteria: str = ""


@dataclass(frozen=True)
class WaveRow:
    """One wave with the figures of its people; the last row, without a wave, is who follows the ban's cutoff."""

    wave: Wave | None
    figures: Figures
    teams: int
    named: Sequence[Team] = ()


@dataclass(frozen=True)
class Touched:
    """Whom a change touches: unfinished people, in how many teams, and their deadlines before and after it."""

    people: int
    teams: int
    before: Sequence[datetime]
    after: Sequence[datetime]


@transaction.atomic
def add(ban: Ban, plan: Plan, *, by: User, now: datetime, why: str = "") -> Wave:
    """A new wave, without teams yet. Raises DomainError when its cutoff has passed or lies beyond the ban's."""
    _hold(ban, why)
    if ban.waves.count() >= MOST_WAVES:
        raise DomainError(_t("A ban has %(most)d waves at most.") % {"most": MOST_WAVES})
    wave = Wave(ban=ban)
    _write(wave, plan, now)
    wave.save()
    _record(ban, "added", wave, by=by, now=now, why=why)
    return wave


@transaction.atomic
def change(wave: Wave, plan: Plan, *, by: User, now: datetime, why: str = "", first: User | None = None) -> bool:
    """Another name, cutoff or other criteria. False when all is so already. Deadlines follow; who is touched is told once.

    In the last days of the ban another cutoff takes two owners; `first` is who proposed it (see seconding.py).
    """
    ban = wave.ban
    _hold(ban, why)
    wave.refresh_from_db()
    before = (wave.name, wave.cutoff_date, wave.cutoff_time, wave.criteria)
    if before == (plan.name.strip(), plan.day, plan.at, plan.criteria.strip()):
        return False
    moved = (plan.day, plan.at) != (wave.cutoff_date, wave.cutoff_time)
    if moved:
        seconding.require(ban, by=by, first=first, now=now)
    old = wave.cutoff_at
    _write(wave, plan, now, moved=moved)
    wave.save()
    data = {"before": old.isoformat(), "after": wave.cutoff_at.isoformat()} if moved else {}
    _follow(ban, _record(ban, "moved" if moved else "edited", wave, by=by, now=now, why=why, **data))
    return True


@transaction.atomic
def put(
    ban: Ban, team: Team, wave: Wave | None, *, by: User, now: datetime, why: str = "", first: User | None = None
) -> bool:
    """Let a team, with all below it, move with a wave, or with none named by itself. False when it is so already."""
    _hold(ban, why)
    seconding.require(ban, by=by, first=first, now=now)
    require_asked(ban, team, wave)
    if named(ban, team) == (wave.pk if wave else None):
        return False
    WaveTeam.objects.filter(ban=ban, team=team).delete()
    if wave:
        WaveTeam.objects.create(ban=ban, wave=wave, team=team)
    _follow(ban, _record(ban, "team", wave, by=by, now=now, why=why, team=team.path))
    return True


def named(ban: Ban, team: Team) -> int | None:
    """The number of the wave that names this very team, or None."""
    return WaveTeam.objects.filter(ban=ban, team=team).values_list("wave", flat=True).first()


def require_asked(ban: Ban, team: Team, wave: Wave | None) -> None:
    """Refuse a wave of another ban, and a team that the ban asks nothing of."""
    if wave and wave.ban_id != ban.pk:
        raise DomainError(_t("This wave belongs to another ban."))
    if wave and not audience.teams(ban).filter(pk=team.pk).exists():
        raise DomainError(_t("%(team)s is not in the audience of this ban.") % {"team": team.name})


@transaction.atomic
def remove(wave: Wave, *, by: User, now: datetime, why: str = "", first: User | None = None) -> None:
    """Its teams move with whatever names them from further above, or with the cutoff."""
    ban = wave.ban
    _hold(ban, why)
    seconding.require(ban, by=by, first=first, now=now)
    event = _record(ban, "removed", wave, by=by, now=now, why=why)
    ban.migrations.filter(wave=wave).update(wave=None)
    wave.delete()
    _follow(ban, event)


@transaction.atomic
def decide(wave: Wave, go: bool, *, by: User, now: datetime, words: str) -> WaveDecision:
    """Write down go or no go, with the reason. It stands beside the dates; dates are moved by whoever moves them."""
    clean = words.strip()
    if not clean:
        raise DomainError(_t("Say why: which criteria are met, or which are not."))
    if len(clean) > WORDS_LENGTH:
        raise DomainError(_t("Keep it within %(limit)d characters; link to anything longer.") % {"limit": WORDS_LENGTH})
    ban = Ban.objects.get(pk=wave.ban_id)
    if not (ban.is_draft or ban.is_live):
        raise DomainError(_t("This ban has ended."))
    said = wave.decisions.create(go=go, by=by, at=now, words=clean)
    data = {"wave": wave.name, "go": go}
    Event.record(Event.Verb.WAVE_DECIDED, by=by, now=now, why=clean, ban=ban, data=data)
    return said


def rows(ban: Ban) -> list[WaveRow]:
    """Every wave with its figures, and who follows the cutoff; of a draft without figures. Four queries."""
    waves = list(ban.waves.prefetch_related("teams__team", "decisions__by"))
    figures = _figures(ban)
    found = [
        WaveRow(wave, *figures.get(wave.pk, (Figures(), 0)), named=[row.team for row in wave.teams.all()])
        for wave in waves
    ]
    return [*found, WaveRow(None, *figures.get(None, (Figures(), 0)))]


def faults(ban: Ban, found: Sequence[WaveRow]) -> list[str]:
    """What a plan of waves lacks, as sentences. `found` is what `rows` gave."""
    waves = [row for row in found if row.wave]
    rest = found[-1] if found else None
    sentences = [_t("%(wave)s has no teams.") % {"wave": row.wave} for row in waves if not row.named]
    named = sorted((team.path, str(row.wave)) for row in waves for team in row.named)
    for path, wave in named:
        for other, above in named:
            if path.startswith(f"{other}/") and wave != above:
                words = _t("%(team)s moves with %(wave)s, although the team above it is in %(above)s.")
                sentences.append(words % {"team": path, "wave": wave, "above": above})
    if waves and rest and rest.figures.people:
        words = ngettext(
            "%(people)d person is in no wave and moves by the cutoff of the ban.",
            "%(people)d people are in no wave and move by the cutoff of the ban.",
            rest.figures.people,
        )
        sentences.append(words % {"people": rest.figures.people})
    return sentences


def of_date(wave: Wave, day: date, at: time, *, now: datetime) -> Touched:
    """Whom another cutoff of this wave would touch. Computed; nothing is written and nothing is locked."""
    after = zones.instant(day, at, wave.ban.cutoff_zone)
    _require_date(wave.ban, after, now)
    return _touched("migration.wave_id = %(wave)s", THEN, ban=wave.ban_id, wave=wave.pk, then=after)


def of_team(ban: Ban, team: Team, wave: Wave | None, *, now: datetime) -> Touched:
    """Whom it would touch to let a team with all below it move with `wave`: those below whom nothing nearer names."""
    after = wave.cutoff_at if wave else _above(ban, team)
    return _touched(BELOW, THEN, ban=ban.pk, path=team.path, then=after)


def of_removal(wave: Wave) -> Touched:
    """Whom it would touch to remove this wave. Its teams may move with different waves from further above then."""
    return _touched("migration.wave_id = %(wave)s", WITHOUT, ban=wave.ban_id, wave=wave.pk)


#: The one deadline that all of them would have.
THEN = "%(then)s::timestamptz"
#: The deadline of a migration if there were no %(wave)s.
WITHOUT = """
    coalesce((SELECT other.cutoff_at FROM planning_waveteam AS listed JOIN planning_wave AS other ON other.id = listed.wave_id
              JOIN people_team AS team ON team.id = listed.team_id
              WHERE listed.ban_id = %(ban)s AND other.id <> %(wave)s
                AND (migration.path = team.path OR starts_with(migration.path, team.path || '/'))
              ORDER BY team.depth DESC LIMIT 1), (SELECT cutoff_at FROM planning_ban WHERE id = %(ban)s))
"""
#: Migrations at and below %(path)s that no wave names further down.
BELOW = """
    (migration.path = %(path)s OR starts_with(migration.path, %(path)s || '/')) AND NOT EXISTS (
        SELECT FROM planning_waveteam AS listed JOIN people_team AS team ON team.id = listed.team_id
        WHERE listed.ban_id = %(ban)s AND starts_with(team.path, %(path)s || '/')
          AND (migration.path = team.path OR starts_with(migration.path, team.path || '/')))
"""


def _touched(among: str, after: str, **values: Any) -> Touched:
    """`among` and `after`, as SQL: which migrations are looked at, and the deadline each of them would have."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(sum(people - done), 0), count(*), array_agg(DISTINCT deadline_at), array_agg(DISTINCT after)
            FROM planning_migration AS migration CROSS JOIN LATERAL (SELECT {after} AS after) AS other
            WHERE migration.ban_id = %(ban)s AND people > 0 AND deadline_at IS DISTINCT FROM after AND {among}
            """,  # noqa: S608 - constants of this module
            values,
        )
        people, teams, *deadlines = cursor.fetchone()
    before, then = (sorted(filter(None, found or ())) for found in deadlines)
    return Touched(int(people), teams, before, then)


def _above(ban: Ban, team: Team) -> datetime:
    """The deadline that a team has from above."""
    parts = team.path.split("/")
    paths = ["/".join(parts[:length]) for length in range(1, len(parts))]
    nearest = WaveTeam.objects.filter(ban=ban, team__path__in=paths).select_related("wave").order_by("-team__depth")
    found = nearest.first()
    assert ban.cutoff_at is not None  # noqa: S101 - a ban with waves has a cutoff
    return found.wave.cutoff_at if found else ban.cutoff_at


def _figures(ban: Ban) -> dict[int | None, tuple[Figures, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT wave_id, sum(people), sum(done), sum(started), sum(blocked), sum(waived), count(*) FILTER (WHERE people > 0)
            FROM planning_migration WHERE ban_id = %s GROUP BY wave_id
            """,
            [ban.pk],
        )
        return {wave: (Figures(*(int(n) for n in sums)), teams) for wave, *sums, teams in cursor.fetchall()}


def _hold(ban: Ban, why: str) -> None:
    """A draft is changed freely, a ban in force alone and with a reason."""
    if ban.is_draft:
        drafting.hold_draft(ban)
    else:
        changing.hold(ban, why)
    if ban.cutoff_at is None:
        raise DomainError(_t("Set the cutoff of the ban first; waves end before it."))


def _write(wave: Wave, plan: Plan, now: datetime, *, moved: bool = True) -> None:
    name, criteria = plan.name.strip(), plan.criteria.strip()
    if not name or len(name) > 80:
        raise DomainError(_t("Give the wave a name of at most 80 characters."))
    if len(criteria) > WORDS_LENGTH:
        raise DomainError(_t("Keep it within %(limit)d characters; link to anything longer.") % {"limit": WORDS_LENGTH})
    if wave.ban.waves.filter(name=name).exclude(pk=wave.pk).exists():
        raise DomainError(_t("There is a wave of that name already."))
    wave.name, wave.criteria = name, criteria
    if moved:
        wave.set_cutoff(plan.day, plan.at)
        _require_date(wave.ban, wave.cutoff_at, now)


def _require_date(ban: Ban, cutoff_at: datetime, now: datetime) -> None:
    if cutoff_at <= now:
        raise DomainError(_t("That date has passed already. Choose a later one."))
    if ban.cutoff_at is not None and cutoff_at >= ban.cutoff_at:
        raise DomainError(
            _t("A wave ends before the cutoff of the ban. Choose an earlier date, or move the cutoff first.")
        )


def _follow(ban: Ban, event: Event) -> int:
    """Bring the deadlines of the teams up to date; `event` is what those hear of whose deadline it moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE planning_migration AS kept
            SET wave_id = ought.wave_id, deadline_at = ought.deadline_at,
                deadline_event_id = CASE WHEN kept.deadline_at IS DISTINCT FROM ought.deadline_at THEN %(event)s
                                         ELSE kept.deadline_event_id END
            FROM ({DEADLINES}) AS ought
            WHERE ought.id = kept.id
              AND (kept.wave_id, kept.deadline_at) IS DISTINCT FROM (ought.wave_id, ought.deadline_at)
            """,  # noqa: S608 - a constant of ours
            {"ban": ban.pk, "event": event.pk},
        )
        return int(cursor.rowcount)


def _record(ban: Ban, change: str, wave: Wave | None, *, by: User, now: datetime, why: str, **data: Any) -> Event:
    about = {"change": change, "wave": wave.name if wave else "", **data}
    return Event.record(Event.Verb.WAVES_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=about)
