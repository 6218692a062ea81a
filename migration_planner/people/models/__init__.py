from migration_planner.people.models.calendars import OwnDay, SiteCalendar
from migration_planner.people.models.rosters import RosterImport, RosterProblem, RosterRow
from migration_planner.people.models.saved_views import SavedView
from migration_planner.people.models.substitutions import Substitution
from migration_planner.people.models.users import (
    AFTER_SLASH,
    Leadership,
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
    "Leadership",
    "Membership",
    "OwnDay",
    "RosterImport",
    "RosterProblem",
    "RosterRow",
    "SavedView",
    "SiteCalendar",
    "Substitution",
    "Team",
    "TeamQuerySet",
    "User",
    "UserManager",
    "UserQuerySet",
    "below",
    "below_any",
]
