"""The comments of a checklist as its pages show them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from migration_planner.people.models import User
from migration_planner.planning.commenting import SHOWN
from migration_planner.planning.models import Checklist, Comment
from migration_planner.planning.models.comments import WITHIN
from migration_planner.planning.permissions import can_comment


def talk(user: User, checklist: Checklist, *, known: bool, may: bool) -> dict[str, Any]:
    """The newest comments, whether there are more, and whether the reader `may` write one. Asks nothing where none is `known`."""
    rows = list(checklist.comments.newest_first()[: SHOWN + 1]) if known else []
    return {
        "comments": shown(rows[:SHOWN], user, now=timezone.now()),
        "more_comments": len(rows) > SHOWN,
        "may_comment": may,
    }


def may_comment(user: User, checklist: Checklist) -> bool:
    """Whether somebody can say something now."""
    return checklist.ban.is_live and checklist.state != Checklist.State.STOPPED and can_comment(user, checklist)


def shown(rows: Iterable[Comment], user: User, *, now: datetime) -> list[tuple[Comment, bool]]:
    """Each with whether the reader can withdraw it still."""
    return [(row, row.author_id == user.pk and row.withdrawn_at is None and row.at > now - WITHIN) for row in rows]
