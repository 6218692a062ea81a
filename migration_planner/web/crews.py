"""What may be done to many people of a team at once, by whom, and by which form."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models import Migration
from migration_planner.planning.permissions import can_run, leads
from migration_planner.web.forms.crews import (
    ActForm,
    CommentForm,
    ConfirmForm,
    LeaveForm,
    NudgeForm,
    ReturnForm,
    WaiversForm,
)


@dataclass(frozen=True)
class Act:
    """Its name, the form that asks what is needed, what its preview says, what is said of each for whom it was done, and
    whether owners of the ban may do it too."""

    title: Promise
    form: type[ActForm]
    lede: Promise
    done: Promise
    is_for_owners: bool = False


ACTS = {
    "nudge": Act(
        _("Nudge"), NudgeForm,
        _("A polite mail to each of these people who has something to do; at most one a day. Nothing has been sent yet."),
        _("Will be nudged"),
        is_for_owners=True,
    ),
    "confirm": Act(
        _("Confirm marks"), ConfirmForm,
        _(
            "You say that what they claim at one step is right. It stays claimed: only scans verify. Nothing has been "
            "confirmed yet."
        ),
        _("Mark confirmed"),
        is_for_owners=True,
    ),
    "return": Act(
        _("Return marks"), ReturnForm,
        _(
            "The step is open again for those who have marked it finished, and each hears once why. Nothing has been "
            "returned yet."
        ),
        _("Mark returned"),
        is_for_owners=True,
    ),
    "comment": Act(
        _("Comment"), CommentForm,
        _(
            "They read it on their checklist, and once in a mail; whoever has finished gets no mail. Nothing has been written "
            "yet."
        ),
        _("Comment written"),
        is_for_owners=True,
    ),
    "leave": Act(
        _("Note leave"), LeaveForm,
        _("No mail comes to them on these days, under any ban. Nothing has been noted yet."),
        _("Leave noted"),
    ),
    "waiver": Act(
        _("Ask for waivers"), WaiversForm,
        _("A request for each of these people, to be decided one by one. Nothing has been asked for yet."),
        _("Waiver asked for"),
    ),
}  # fmt: skip


def offered(user: User, migration: Migration) -> list[tuple[str, Promise]]:
    """What the reader may do to people of this team: leads all of it, owners of the ban what is for them too."""
    if not migration.ban.is_live:
        return []
    led = leads(user, migration.path)
    runs = not led and can_run(user, migration.ban)
    return [(name, act.title) for name, act in ACTS.items() if led or (runs and act.is_for_owners)]
