"""Whom a ban reaches: teams included and left out, found by search or by going down the tree."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import Team, below
from migration_planner.planning import audience, changing, choosing, drafting, proposing
from migration_planner.planning.audience import Size
from migration_planner.planning.models import Ban, Proposal
from migration_planner.planning.proposed import Rest
from migration_planner.planning.proposing import Wish
from migration_planner.web import flow, seconds
from migration_planner.web.forms.bans import WhyForm
from migration_planner.web.http import Request, see_other
from migration_planner.web.lookups import number, own_ban
from migration_planner.web.templatetags.portions import portion_of

STANDINGS: tuple[choosing.Standing, ...] = ("included", "excluded", "unnamed")


@dataclass(frozen=True)
class Row:
    """A team as the audience page shows it: how large, whether in or out, and through which team."""

    team: Team
    size: Size
    is_named: bool
    is_in: bool
    #: The team above that includes it or leaves it out; empty when it is named itself, or when nothing says anything.
    through: str
    is_left_out: bool
    has_children: bool

    @property
    def can_be_included(self) -> bool:
        return not self.is_in and not self.is_left_out and not self.is_named

    @property
    def can_be_left_out(self) -> bool:
        return self.is_in and not self.is_named


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    """The audience of a draft, changed team by team; that of a ban in force is shown, and changed with a reason."""
    ban = own_ban(request, pk)
    if request.method == "GET":
        return _page(request, ban)
    team, standing = _choice(ban, request.POST)
    drafting.set_team(ban, team, standing, by=request.user, now=timezone.now())
    if request.htmx:
        return _page(request, ban, "#audience", touched=team)
    kept = {name: request.POST[name] for name in ("q", "in") if request.POST.get(name)}
    return see_other(f"{reverse('ban-audience', args=[ban.pk])}?{urlencode(kept)}#teams")


def _choice(ban: Ban, data: Any) -> tuple[Team, choosing.Standing]:
    """The team and the standing a request asks for. Those who run a ban may name any team."""
    standing = data.get("standing")
    if standing not in STANDINGS:
        raise DomainError(_("Say whether the team is included, left out, or not named."))
    return get_object_or_404(Team, pk=number(data.get("team", "")) or 0), standing


def _page(request: Request, ban: Ban, part: str = "", *, touched: Team | None = None) -> HttpResponse:
    now = timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    context = _browse(asked)
    every = [row.team for row in ban.audience_teams.select_related("team").order_by("excluded", "team__path")]
    shown_part = portion_of(every, "pk", request.GET.get("named", ""))
    named = list(shown_part.rows)
    shown = _rows(ban, [*named, *context["page"].rows])  # at once, since counting people is what costs
    context |= {"ban": ban, "now": now, "part": shown_part, "reach": audience.reach(ban)}
    context |= {"chosen": shown[: len(named)], "rows": shown[len(named) :]}
    if touched:
        context |= {"swapped": True, "touched": touched.pk if touched in context["page"].rows else None}
    context |= flow.frame(ban, "audience", now=now)
    return render(request, f"bans/audience.html{part}", context)


def _browse(asked: Any) -> dict[str, Any]:
    """The teams that match a search, or those right below the team one looks into; one page."""
    search, inside = asked.get("q", "").strip(), asked.get("in", "")
    here = Team.objects.filter(pk=number(inside) or 0).first()
    teams = _found(search) if search else _below(here)
    page = keyset(teams, ("path",), asked.get("cursor"))
    return {
        "q": search,
        "here": None if search else here,
        "above": _above(here),
        "page": page,
    }


def _found(search: str) -> QuerySet[Team]:
    """Teams whose name holds the words; with a slash, whose path does."""
    return Team.objects.filter(path__icontains=search) if "/" in search else Team.objects.filter(name__icontains=search)


def _below(here: Team | None) -> QuerySet[Team]:
    return Team.objects.filter(parent=here) if here else Team.objects.filter(depth=0)


def _above(here: Team | None) -> list[Team]:
    """The way from the root to the team one looks into."""
    parts = here.path.split("/") if here else []
    paths = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return list(Team.objects.filter(path__in=paths).order_by("path"))


def _rows(ban: Ban, teams: list[Team]) -> list[Row]:
    named = dict(ban.audience_teams.values_list("team__path", "excluded"))
    sizes = audience.sizes(list({team.path for team in teams}))
    parents = set(Team.objects.filter(parent__in=teams).values_list("parent", flat=True))
    return [_row(team, named, sizes.get(team.path, Size()), team.pk in parents) for team in teams]


def _row(team: Team, named: dict[str, bool], size: Size, has_children: bool) -> Row:
    parts = team.path.split("/")
    way = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    out = next((path for path in way if named.get(path) is True), None)
    into = next((path for path in way if named.get(path) is False), None)
    decisive = out or into or ""
    return Row(
        team=team,
        size=size,
        is_named=team.path in named,
        is_in=into is not None and out is None,
        is_left_out=out is not None,
        through=decisive if decisive != team.path else "",
        has_children=has_children,
    )


@require_http_methods(["GET", "POST"])
def change(request: Request, pk: int) -> HttpResponse:
    """Change the audience of a ban in force by one team, after saying whom it touches and why."""
    ban = own_ban(request, pk)
    asked = request.POST if request.method == "POST" else request.GET
    team, standing = _choice(ban, asked)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            numbers = _change(request, ban, team, standing, form.cleaned_data["why"])
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            if isinstance(numbers, Proposal):
                return seconds.waits(request, numbers)
            messages.success(
                request, _("%(joined)d people joined, %(stopped)d stopped, %(returned)d returned.") % numbers
            )
            return see_other(reverse("ban-audience", args=[ban.pk]))
    size = audience.sizes([team.path]).get(team.path, Size())
    with_checklist = ban.checklists.counted().filter(below(team.path, field="migration__path")).count()
    context = {
        "ban": ban,
        "heading": _("Change the audience"),
        "team": team,
        "standing": standing,
        "form": form,
        "size": size,
        "with_checklist": with_checklist,
        "second": seconds.of_form(request, ban, "change_audience"),
    }
    return render(request, "bans/change_audience.html", context, status=_status(form))


def _status(form: WhyForm) -> int:
    """Bad input is 422, a no of the product 409."""
    return (409 if form.non_field_errors() else 422) if form.errors else 200


def _change(request: Request, ban: Ban, team: Team, standing: choosing.Standing, why: str) -> dict[str, int] | Proposal:
    """What became of the people; or what waits for another owner."""
    if proposing.takes_two(ban, now=timezone.now()):
        return seconds.propose(request, ban, Wish(rest=Rest(audience=(team, standing))), why)

    def change() -> None:
        choosing.set_team(ban, team, standing)

    return changing.change_audience(ban, change, by=request.user, now=timezone.now(), why=why)
