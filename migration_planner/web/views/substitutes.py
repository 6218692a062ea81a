"""Who stands in for the leads of a team: the list, naming somebody for some days, and sending them home early."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import Substitution, User
from migration_planner.planning import substituting
from migration_planner.planning.models import Migration
from migration_planner.planning.permissions import can_name_substitute, can_see_people
from migration_planner.web.forms.substitutes import SubstituteForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.views.teams import visible_migration

#: How many members the field for the address offers; anybody else can still be typed.
MEMBERS_OFFERED = 200


@require_http_methods(["GET", "HEAD", "POST"])
def of_team(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """All of them, the newest first; with POST another one."""
    migration = visible_migration(request, ban_id, team_id)
    require(can_see_people(request.user, migration))
    if request.method != "POST":
        return _page(request, migration, None)
    require(can_name_substitute(request.user, migration))
    form = SubstituteForm(request.POST, team=migration.team)
    if not form.is_valid():
        return _page(request, migration, form, status=422)
    said = form.cleaned_data
    try:
        row = substituting.name(
            migration, said["lead"], said["substitute"], form.period, by=request.user, now=timezone.now()
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, migration, form, status=409)
    names = {"name": row.substitute.name, "lead": row.lead.name}
    messages.success(request, _("%(name)s stands in for %(lead)s.") % names)
    return see_other(reverse("team-substitutes", args=[ban_id, team_id]))


@require_POST
def end(request: Request, ban_id: int, team_id: int, pk: int) -> HttpResponse:
    migration = visible_migration(request, ban_id, team_id)
    require(can_see_people(request.user, migration))
    row = get_object_or_404(migration.team.substitutions.select_related("lead", "substitute"), pk=pk)
    require(substituting.can_end(request.user, row, migration))
    if substituting.end(row, migration, by=request.user, now=timezone.now()):
        messages.success(request, _("%(name)s does not stand in any more.") % {"name": row.substitute.name})
    still = can_see_people(User.objects.get(pk=request.user.pk), migration)
    return see_other(reverse("team-substitutes", args=[ban_id, team_id]) if still else reverse("home"))


def _page(request: Request, migration: Migration, form: SubstituteForm | None, *, status: int = 200) -> HttpResponse:
    may_name, now = can_name_substitute(request.user, migration), timezone.now()
    rows = migration.team.substitutions.select_related("lead", "substitute", "made_by", "ended_by")
    found = keyset(rows, ["-id"], request.GET.get("cursor"))
    context = {
        "ban": migration.ban,
        "migration": migration,
        "page": found,
        "rows": [(row, _state(row), substituting.can_end(request.user, row, migration)) for row in found.rows],
        "leads": list(migration.team.leads().only("name", "zone")),
        "form": form or _blank(request.user, migration),
        "may_name": may_name,
        "members": _members(migration) if may_name else [],
        "now": now,
    }
    return render(request, "teams/substitutes.html", context, status=status)


def _blank(user: User, migration: Migration) -> SubstituteForm:
    """For oneself, where one leads the team."""
    return SubstituteForm(team=migration.team, initial={"lead": user.pk})


def _state(row: Substitution) -> str:
    now = timezone.now()
    if row.ended_at or row.until_at <= now:
        return "expired"
    return "planned" if row.from_at > now else "published"


def _members(migration: Migration) -> Any:
    members = User.objects.active().filter(memberships__team=migration.team_id)
    return members.only("name", "email").order_by("name", "pk")[:MEMBERS_OFFERED]
