"""What may be done to many people of a team at once, by whom, and by which form."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models import Migration
from migration_planner.planning.permissions import can_nudge, can_review_in, leads
from migration_planner.web.forms.crews import ActForm, ConfirmForm, LeaveForm, NudgeForm, ReturnForm, WaiversForm


def _leads(user: User, migration: Migration) -> bool:
    return leads(user, migration.path)


@dataclass(frozen=True)
class Act:
    """Its name, the form that asks what is needed, who may, and what its preview says."""

    title: Promise
    form: type[ActForm]
    may: Callable[[User, Migration], bool]
    lede: Promise


ACTS = {
    "nudge": Act(
        _("Nudge"), NudgeForm, can_nudge,
        _("A polite mail to each of these people who has something to do; at most one a day. Nothing has been sent yet."),
    ),
    "confirm": Act(
        _("Confirm marks"), ConfirmForm, can_review_in,
        _(
            "You say that what they claim at one step is right. It stays claimed: only scans verify. Nothing has been "
            "confirmed yet."
        ),
    ),
    "return": Act(
        _("Return marks"), ReturnForm, can_review_in,
        _(
            "The step is open again for those who have marked it finished, and each hears once why. Nothing has been "
            "returned yet."
        ),
    ),
    "leave": Act(
        _("Note leave"), LeaveForm, _leads,
        _("No mail comes to them on these days, under any ban. Nothing has been noted yet."),
    ),
    "waiver": Act(
        _("Ask for waivers"), WaiversForm, _leads,
        _("A request for each of these people, to be decided one by one. Nothing has been asked for yet."),
    ),
}  # fmt: skip


def offered(user: User, migration: Migration) -> list[tuple[str, Promise]]:
    """What the reader may do to people of this team."""
    if not migration.ban.is_live:
        return []
    return [(name, act.title) for name, act in ACTS.items() if act.may(user, migration)]
