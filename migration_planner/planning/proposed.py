"""Parts of a proposal beside dates and waivers: the scope statement, the audience, and where teams stand among the waves.

Each keeps how things stood when it was proposed, is refused when they stand otherwise, and is made by the function that an owner
alone would call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Team, User
from migration_planner.planning import changing, choosing, waves
from migration_planner.planning.choosing import Standing
from migration_planner.planning.models import Ban, Wave, WaveTeam

Change = dict[str, Any]


@dataclass(frozen=True)
class Rest:
    """What is to change beside dates and waivers."""

    #: The new words, and the version over which they were written; 0 for the one in force.
    scope: tuple[str, int] | None = None
    audience: tuple[Team, Standing] | None = None
    #: A team, with the wave it is to move with, or none.
    placing: tuple[Team, Wave | None] | None = None
    removal: Wave | None = None

    def __bool__(self) -> bool:
        return bool(self.scope or self.audience or self.placing or self.removal)


@dataclass(frozen=True)
class Made:
    """By whom and when a proposal is made true."""

    first: User
    by: User
    now: datetime
    why: str

    @property
    def words(self) -> dict[str, Any]:
        return {"first": self.first, "by": self.by, "now": self.now, "why": self.why}


def written(ban: Ban, rest: Rest) -> Change:
    """The parts that change something, as they are kept."""
    change: Change = {}
    if rest.scope and rest.scope[0].strip() != (ban.scope.text if ban.scope else ""):
        changing.require_seen(ban, rest.scope[1])
        change["scope"] = {"text": rest.scope[0].strip(), "before": ban.scope.version if ban.scope else 0}
    if rest.audience:
        team, standing = rest.audience
        if (before := choosing.standing_of(ban, team)) != standing:
            change["audience"] = {"team": team.pk, "path": team.path, "standing": standing, "before": before}
    if rest.placing:
        team, wave = rest.placing
        waves.require_asked(ban, team, wave)
        before_wave, after = _wave_of(ban, team), wave.pk if wave else None
        if before_wave != after:
            named = {"team": team.pk, "path": team.path, "name": wave.name if wave else ""}
            change["placing"] = {**named, "wave": after, "before": before_wave}
    if rest.removal:
        change["removal"] = {"wave": rest.removal.pk, "name": rest.removal.name, "before": _teams_of(rest.removal)}
    return change


def read(ban: Ban, change: Change) -> Rest:
    """What is asked for, as far as it is still there."""
    scope, audience = change.get("scope"), change.get("audience")
    placing, removal = change.get("placing"), change.get("removal")
    team = Team.objects.filter(pk=audience["team"]).first() if audience else None
    placed = Team.objects.filter(pk=placing["team"]).first() if placing else None
    return Rest(
        scope=(scope["text"], scope["before"]) if scope else None,
        audience=(team, cast(Standing, audience["standing"])) if audience and team else None,
        placing=(placed, ban.waves.filter(pk=placing["wave"]).first()) if placing and placed else None,
        removal=ban.waves.filter(pk=removal["wave"]).first() if removal else None,
    )


def make(ban: Ban, change: Change, made: Made) -> None:
    """Carry out these parts. Raises DomainError when one fits no more."""
    for name, part in PARTS.items():
        if name in change:
            part(ban, change[name], made)


def _make_scope(ban: Ban, wanted: Change, made: Made) -> None:
    version = ban.scope.version if ban.scope else 0
    if version != wanted["before"]:
        words = _t("Version %(version)d of the scope statement was written after this was proposed. Propose anew.")
        raise DomainError(words % {"version": version})
    changing.change_scope(ban, wanted["text"], **made.words)


def _make_audience(ban: Ban, wanted: Change, made: Made) -> None:
    team = _team(wanted)

    def change() -> None:
        if choosing.standing_of(ban, team) != wanted["before"]:
            words = _t("The audience names %(team)s otherwise since this was proposed. Propose anew.")
            raise DomainError(words % {"team": team.path})
        choosing.set_team(ban, team, wanted["standing"])

    changing.change_audience(ban, change, **made.words)


def _make_placing(ban: Ban, wanted: Change, made: Made) -> None:
    team = _team(wanted)
    if _wave_of(ban, team) != wanted["before"]:
        words = _t("%(team)s was put elsewhere after this was proposed. Propose anew.")
        raise DomainError(words % {"team": team.path})
    wave = _wave(ban, wanted) if wanted["wave"] else None
    waves.put(ban, team, wave, **made.words)


def _make_removal(ban: Ban, wanted: Change, made: Made) -> None:
    wave = _wave(ban, wanted)
    if _teams_of(wave) != wanted["before"]:
        words = _t("%(wave)s has other teams since this was proposed. Propose anew.")
        raise DomainError(words % {"wave": wave.name})
    waves.remove(wave, **made.words)


#: In this order: teams leave and enter the audience before they are put anywhere.
PARTS: dict[str, Callable[[Ban, Change, Made], None]] = {
    "scope": _make_scope,
    "audience": _make_audience,
    "placing": _make_placing,
    "removal": _make_removal,
}


def _team(wanted: Change) -> Team:
    found = Team.objects.filter(pk=wanted["team"]).first()
    if found is None:
        raise DomainError(_t("There is no team %(team)s any more. Propose anew.") % {"team": wanted["path"]})
    return found


def _wave(ban: Ban, wanted: Change) -> Wave:
    found = ban.waves.filter(pk=wanted["wave"]).first()
    if found is None:
        words = _t("%(wave)s is no wave of this ban any more. Propose anew.")
        raise DomainError(words % {"wave": wanted["name"]})
    found.ban = ban
    return found


def _wave_of(ban: Ban, team: Team) -> int | None:
    return WaveTeam.objects.filter(ban=ban, team=team).values_list("wave", flat=True).first()


def _teams_of(wave: Wave) -> list[int]:
    return sorted(wave.teams.values_list("team", flat=True))
