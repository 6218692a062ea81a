"""Which teams a ban names. These change rows only; drafting.py and changing.py wrap them into a change with its event."""

from collections.abc import Sequence
from typing import Literal

from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import listed
from migration_planner.people.models import Team
from migration_planner.planning.models import AudienceTeam, Ban

Standing = Literal["included", "excluded", "unnamed"]


def set_teams(ban: Ban, include: Sequence[Team], exclude: Sequence[Team]) -> bool:
    """Let the ban name exactly these teams. False when it does so already."""
    if both := [team.path for team in include if team in exclude]:
        raise DomainError(
            _t("%(path)s is both included and left out. Decide for one of them.") % {"path": listed(both)}
        )
    wanted = {team.pk: False for team in include} | {team.pk: True for team in exclude}
    if wanted == dict(ban.audience_teams.values_list("team_id", "excluded")):
        return False
    ban.audience_teams.all().delete()
    rows = [AudienceTeam(ban=ban, team_id=pk, excluded=excluded) for pk, excluded in wanted.items()]
    AudienceTeam.objects.bulk_create(rows)
    return True


def standing_of(ban: Ban, team: Team) -> Standing:
    """Whether the ban names this very team."""
    row = ban.audience_teams.filter(team=team).first()
    return "unnamed" if row is None else "excluded" if row.excluded else "included"


def set_team(ban: Ban, team: Team, standing: Standing) -> bool:
    """Include one team with all below it, leave it out, or take it off the list. False when it stands so already."""
    if standing_of(ban, team) == standing:
        return False
    if standing == "unnamed":
        ban.audience_teams.filter(team=team).delete()
    else:
        ban.audience_teams.update_or_create(team=team, defaults={"excluded": standing == "excluded"})
    return True
