"""Bringing in a roster: upload a file, look at what it would change, apply it, watch it come into force."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import RosterImport, Team, User
from migration_planner.people.roster import staging
from migration_planner.people.roster.comparing import MOST_LEAVERS_IN_HUNDRED, compare_later
from migration_planner.people.roster.reading import COLUMNS
from migration_planner.people.roster.reasons import bad_rows, bad_rows_statement
from migration_planner.planning import rosters
from migration_planner.planning.permissions import can_import_roster, can_see_rosters
from migration_planner.web import exports
from migration_planner.web import rosters as telling
from migration_planner.web.forms.rosters import ApplicationForm, UploadForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.uploads import was_too_large

#: How many bad rows the page shows; the download has them all.
SHOWN = 20
#: Longer than this nobody waits for a worker that runs.
PATIENCE = timedelta(seconds=30)


@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """The imports so far, and the form for the next."""
    require(can_see_rosters(request.user))
    if request.method == "GET":
        return _index(request, UploadForm())
    require(can_import_roster(request.user))
    form = UploadForm(request.POST, request.FILES, too_large=was_too_large(request))
    if not form.is_valid():
        return _index(request, form, status=422)
    try:
        import_ = _take_in(request, form)
    except DomainError as error:
        form.add_error("file", str(error))
        return _index(request, form, status=409)
    return see_other(_url(import_))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    """What the file would change, how far it has come, or what it has changed. htmx asks for the progress alone."""
    import_ = _visible(request, pk)
    if request.htmx:
        answer = _page(request, import_, "#progress")
        if not import_.is_at_work:
            answer["HX-Refresh"] = "true"  # it has come to its end: the whole page says how
    else:
        answer = _page(request, import_)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_POST
def comparison(request: Request, pk: int) -> HttpResponse:
    """Compare the file again, with the roster that is in force now."""
    import_ = _own(request, pk)
    rosters.look_again(import_, by=request.user, now=timezone.now())
    return see_other(_url(import_))


@require_POST
def discarding(request: Request, pk: int) -> HttpResponse:
    import_ = _own(request, pk)
    rosters.discard(import_, by=request.user, now=timezone.now())
    messages.success(request, _("The file is discarded. It can be taken up again while its rows are kept."))
    return see_other(_url(import_))


@require_POST
def application(request: Request, pk: int) -> HttpResponse:
    import_ = _own(request, pk)
    form = ApplicationForm(request.POST)
    form.full_clean()
    import_.request(by=request.user, now=timezone.now(), **form.cleaned_data)
    return see_other(_url(import_))


@require_GET
def bad_rows_csv(request: Request, pk: int) -> HttpResponseBase:
    """Every bad row with its line, its reason, and its cells, to be corrected."""
    import_ = _visible(request, pk)
    header: list[exports.Title] = [_l("Line"), _l("Reason"), *COLUMNS]
    return exports.statement_file(request, f"{import_.file_name} bad rows", header, bad_rows_statement(import_))


def _take_in(request: Request, form: UploadForm) -> RosterImport:
    upload = form.cleaned_data["file"]
    import_ = staging.stage(
        upload.file, name=upload.name, by=request.user, now=timezone.now(), full=form.cleaned_data["full"]
    )
    if not compare_later(import_):
        rosters.preview(import_)
    return import_


def _visible(request: Request, pk: int) -> RosterImport:
    import_ = get_object_or_404(RosterImport.objects.visible_to(request.user), pk=pk)
    require(can_see_rosters(request.user))
    return import_


def _own(request: Request, pk: int) -> RosterImport:
    import_ = _visible(request, pk)
    require(can_import_roster(request.user))
    return import_


def _url(import_: RosterImport) -> str:
    return reverse("roster-import", args=[import_.pk])


def _index(request: Request, form: UploadForm, *, status: int = 200) -> HttpResponse:
    imports = RosterImport.objects.visible_to(request.user).newest_first()
    context = {
        "form": form if can_import_roster(request.user) else None,
        "page": keyset(imports, ["-id"], request.GET.get("cursor"), size=20),
        "people": User.objects.active().count(),
        "teams": Team.objects.count(),
    }
    return render(request, "rosters/list.html", context, status=status)


def _page(request: Request, import_: RosterImport, part: str = "") -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "import": import_,
        "doing": telling.doing(import_),
        "is_late": import_.waits_since_before(now - PATIENCE),
    }
    if not part:
        bans = telling.bans(import_, request.user)
        context |= {
            "comparison": import_.comparison,
            "changes": telling.changes(import_),
            "problems": list(bad_rows(import_, limit=SHOWN)),
            "can_take_up": import_.is_discarded and can_import_roster(request.user),
            "can_apply": import_.is_open and can_import_roster(request.user),
            "bans": bans,
            "emptied": [row for row in bans if row.is_emptied],
            "is_fresh": import_.is_fresh,
            # Looked at for somebody who may do less: an administrator sees first what the file does in their hands.
            "for_others": bool(import_.comparison.get("for_administrators")) and request.user.is_administrator,
            "most_leavers": MOST_LEAVERS_IN_HUNDRED,
        }
    return render(request, f"rosters/detail.html{part}", context)
