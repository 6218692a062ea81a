from migration_planner.people.models.rosters import RosterImport, RosterProblem, RosterRow
from migration_planner.people.models.users import (
    AFTER_SLASH,
    Membership,
    Team,
    TeamQuerySet,
    User,
    UserManager,
    UserQuerySet,
    below,
    below_any,
)

__all__ = [
    "AFTER_SLASH",
    "Membership",
    "RosterImport",
    "RosterProblem",
    "RosterRow",
    "Team",
    "TeamQuerySet",
    "User",
    "UserManager",
    "UserQuerySet",
    "below",
    "below_any",
]
