"""The scanner, and what it found in the repositories of a team: commands, tokens, reports, evidence."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import User, below
from migration_planner.planning.models import Ban, Migration, Report
from migration_planner.planning.permissions import can_manage_scans
from migration_planner.planning.scans import aside, checking, comparing, programs, reading, receiving, tokens
from migration_planner.web import scanning
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number
from migration_planner.web.uploads import was_too_large


@login_not_required
@require_safe
def program(request: HttpRequest) -> HttpResponse:
    """The scanner as it ships, for whoever has nothing else. It holds nothing of this organisation."""
    return _program(request, programs.plain())


@login_not_required
@require_safe
def program_of_ban(request: HttpRequest, pk: int) -> HttpResponse:
    """The scanner for a ban: to whoever may see the ban, and to pipelines with the token of a team it reaches."""
    ban = _ban_of_reader(request, pk)
    if ban is None:
        return redirect_to_login(request.get_full_path())
    found = programs.of_ban(ban)
    if found is None:
        raise Http404
    return _program(request, found)


def _ban_of_reader(request: HttpRequest, pk: int) -> Ban | None:
    """None for somebody we do not know; 404 for a ban they have no part in."""
    bans = Ban.objects.select_related("tool", "replacement")
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (token := tokens.find(secret.strip(), now=timezone.now())):
        reached = bans.live().filter(below(token.team.path, field="migrations__path"))
        return get_object_or_404(reached.distinct(), pk=pk)
    if not isinstance(request.user, User):
        return None
    return get_object_or_404(bans.visible_to(request.user), pk=pk)


def _program(request: HttpRequest, found: programs.Program) -> HttpResponse:
    answer = HttpResponse(found.content, content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="scan.pyz"'
    answer["ETag"], answer["Cache-Control"] = f'"{found.checksum[:32]}"', "private, no-cache"
    answer["X-Checksum-SHA256"] = found.checksum
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


@login_not_required
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The published JSON Schema of a report."""
    return HttpResponse(checking.schema(), content_type="application/schema+json")


def _migration(request: Request, ban_id: int, team_id: int) -> Migration:
    visible = Migration.objects.visible_to(request.user).select_related("ban__tool", "ban__replacement", "team")
    return get_object_or_404(visible, ban_id=ban_id, team_id=team_id)


@require_GET
def of_team(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """All that the scans found for one team; for its leads and the owners also tokens and the upload."""
    return _page(request, _migration(request, ban_id, team_id))


def _page(request: Request, migration: Migration, *, status: int = 200, **more: Any) -> HttpResponse:
    now, manages = timezone.now(), can_manage_scans(request.user, migration)
    context = {
        "ban": migration.ban,
        "migration": migration,
        "scans": reading.of_team(migration),
        "how_to": scanning.of_team(migration),
        "manages": manages,
        "tokens": list(migration.team.report_tokens.open(now=now).select_related("made_by")) if manages else [],
        "days": tokens.DAYS,
        "most_days": tokens.MOST_DAYS,
        "now": now,
        **more,
    }
    return render(request, "scans/team.html", context, status=status)


@require_POST
def upload(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """A report as a file, by hand."""
    migration, now = _migration(request, ban_id, team_id), timezone.now()
    require(can_manage_scans(request.user, migration))
    file = request.FILES.get("file")
    if file is None or was_too_large(request):
        said = [checking.Problem("", _("Choose the file that “scan.pyz --json FILE” wrote."))]
        return _page(request, migration, problems=said, status=422)
    try:
        data = checking.read(file.read(checking.LARGEST + 1), now=now)
    except checking.WrongReport as wrong:
        return _page(request, migration, problems=wrong.problems, status=422)
    report, is_new = receiving.receive(data, migration.team, by=request.user, now=now)
    if not is_new:
        messages.info(request, _("This very report is here already. Nothing was done twice."))
    elif not report.is_latest:
        messages.info(request, _("Taken, for the history: a later scan of this repository is here already."))
    else:
        messages.success(request, _("The report about %(repository)s counts now.") % {"repository": report.repository})
    return see_other(reverse("team-scans", args=[ban_id, team_id]))


@require_POST
def token(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """Make a token for the team, shown in this answer and never again; or revoke one."""
    migration, now = _migration(request, ban_id, team_id), timezone.now()
    require(can_manage_scans(request.user, migration))
    about = {"ban": migration.ban, "migration": migration}
    if request.POST.get("act") == "make":
        days = number(request.POST.get("days", "")) or tokens.DAYS
        name = request.POST.get("name", "")
        made = tokens.make(migration.team, by=request.user, now=now, name=name, days=days, **about)
        answer = _page(request, migration, made=made)
        answer["Cache-Control"] = "no-store"
        return answer
    if request.POST.get("act") == "revoke":
        tokens.revoke(migration.team, number(request.POST.get("token", "")) or 0, by=request.user, now=now, **about)
        messages.success(request, _("The token is revoked. Scanners that use it are refused from now on."))
    return see_other(f"{reverse('team-scans', args=[ban_id, team_id])}#tokens")


@require_GET
def repository(request: Request, ban_id: int, team_id: int, report_id: int) -> HttpResponse:
    """One repository: its reports, newest first, and what changed between two of them."""
    migration = _migration(request, ban_id, team_id)
    mine = Report.objects.speaking_for(migration.path)
    latest = get_object_or_404(mine.select_related("team"), pk=report_id)
    same = mine.filter(team=latest.team_id, repository=latest.repository, slug=latest.slug)
    page = keyset(
        same.select_related("sent_by", "token").defer("body"), ("-scanned_at", "-id"), request.GET.get("cursor")
    )
    new = _chosen(same, request.GET.get("new")) or latest
    old = _chosen(same, request.GET.get("old")) or _before(same, new)
    context = {
        "ban": migration.ban,
        "migration": migration,
        "report": latest,
        "page": page,
        "change": comparing.compare(old, new),
        "titles": _titles(migration.ban, latest.slug),
        "shown": comparing.SHOWN,
        "now": timezone.now(),
    }
    return render(request, "scans/repository.html", context)


def _chosen(same: Any, asked: str | None) -> Report | None:
    pk = number(asked or "")
    found: Report | None = same.select_related("sent_by").filter(pk=pk).first() if pk else None
    return found


def _before(same: Any, report: Report) -> Report | None:
    earlier = same.filter(scanned_at__lte=report.scanned_at).exclude(pk=report.pk).order_by("-scanned_at", "-id")
    found: Report | None = earlier.first()
    return found


def _titles(ban: Ban, slug: str) -> dict[str, str]:
    """By the key of the detectors, what the ban calls the workflow."""
    rows = ban.workflows.live().values_list("title", "detectors")
    return {name.partition("/")[2]: title for title, names in rows for name in names if name.startswith(f"{slug}/")}


@require_POST
def evidence(request: Request, ban_id: int, team_id: int, step_id: int) -> HttpResponse:
    """Set the evidence for one step of the team aside, with a reason; or let it count again."""
    migration, now = _migration(request, ban_id, team_id), timezone.now()
    step = get_object_or_404(migration.ban.steps.live(), pk=step_id)
    require(can_manage_scans(request.user, migration))
    if request.POST.get("act") == "restore":
        aside.restore(migration, step.pk, by=request.user, now=now)
    elif request.POST.get("act") == "set_aside":
        aside.set_aside(migration, step.pk, by=request.user, now=now, why=request.POST.get("why", ""))
    else:
        raise DomainError(_("This could not be read. Reload the page and try again."))
    return see_other(f"{reverse('team', args=[ban_id, team_id])}?step={step.pk}#step-{step.pk}")
