"""Changes that wait for a second owner, for the pages: what their forms say, what becomes of them, whom they touch."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from migration_planner.lib.lists import grouped
from migration_planner.people.models import below
from migration_planner.planning import audience, proposing, seconding, waves
from migration_planner.planning.audience import Size
from migration_planner.planning.models import Ban, Proposal
from migration_planner.planning.proposed import Rest
from migration_planner.planning.proposing import Wish
from migration_planner.planning.seconding import Second
from migration_planner.web.http import Request, see_other

#: Forms whose change takes two owners in the last days.
OF_TWO = {"change_cutoff", "change_scope", "change_audience", "wave"}


def of_form(request: Request, ban: Ban, name: str) -> Second | None:
    """What a form has to say about the second owner; nothing while one is enough."""
    return seconding.of_page(ban, by=request.user, now=timezone.now()) if name in OF_TWO else None


def propose(request: Request, ban: Ban, wish: Wish, why: str) -> Proposal:
    return proposing.propose(ban, wish, by=request.user, now=timezone.now(), why=why)


def waits(request: Request, made: Proposal) -> HttpResponse:
    messages.success(request, _("Proposed. It changes nothing until a second owner confirms it."))
    return see_other(reverse("ban-proposal", args=[made.ban_id, made.pk]))


def propose_or(request: Request, ban: Ban, wish: Wish, why: str, act: Callable[[], object]) -> Proposal | None:
    """Carry out where one owner is enough, else propose it and return that."""
    if proposing.takes_two(ban, now=timezone.now()):
        return propose(request, ban, wish, why)
    act()
    return None


def touched(ban: Ban, rest: Rest) -> list[str]:
    """Whom the parts beside dates and waivers touch, as sentences."""
    found = []
    if rest.scope:
        found.append(_told(ban.checklists.counted().unfinished().count()))
    if rest.audience:
        found.append(_of_audience(ban, rest))
    if rest.placing:
        found.append(_other_deadline(waves.of_team(ban, *rest.placing, now=timezone.now()).people))
    if rest.removal:
        left = ban.migrations.filter(wave=rest.removal).aggregate(left=Sum(F("people") - F("done")))["left"]
        found.append(_other_deadline(int(left or 0)))
    return found


def _told(people: int) -> str:
    text = ngettext(
        "%(people)s person who has not finished is told once.",
        "%(people)s people who have not finished are told once.",
        people,
    )
    return text % {"people": grouped(people)}


def _other_deadline(people: int) -> str:
    text = ngettext(
        "%(people)s person who has not finished gets another deadline.",
        "%(people)s people who have not finished get another deadline.",
        people,
    )
    return text % {"people": grouped(people)}


def _of_audience(ban: Ban, rest: Rest) -> str:
    assert rest.audience  # noqa: S101 - the caller asked
    team, standing = rest.audience
    if standing == "included":
        people = audience.sizes([team.path]).get(team.path, Size()).people
        text = ngettext(
            "%(people)s person stands in the team and below it; without a checklist, one is made.",
            "%(people)s people stand in the team and below it; those without a checklist get one.",
            people,
        )
    else:
        people = ban.checklists.counted().filter(below(team.path, field="migration__path")).count()
        text = ngettext(
            "%(people)s person in the team and below it has a checklist today, which may stop.",
            "%(people)s people in the team and below it have a checklist today, which may stop.",
            people,
        )
    return text % {"people": grouped(people)}
