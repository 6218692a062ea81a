"""What playbooks cover, to be read before a ban is drafted from one; and their way in and out as files."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.planning import playbooks
from migration_planner.planning.permissions import can_draft, can_import_playbooks, can_read_playbooks
from migration_planner.planning.playbooks import InvalidPlaybook, Playbook, checking, library
from migration_planner.web.forms.playbooks import MatrixForm, PlaybookFileForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.matrix import matrix


@require_GET
def index(request: Request) -> HttpResponse:
    require(can_read_playbooks(request.user))
    context = {
        "playbooks": playbooks.all_playbooks(),
        "can_draft": can_draft(request.user),
        "can_import": can_import_playbooks(request.user),
    }
    return render(request, "playbooks/list.html", context)


@require_GET
def detail(request: Request, slug: str) -> HttpResponse:
    """The compatibility matrix with its filters, the steps, and the versions; `version` in the address shows an older one.

    A row prints as it stands on the page, closed or open; `open=all` opens them all."""
    require(can_read_playbooks(request.user))
    found, is_current = _find(slug, request.GET.get("version", ""))
    offered = {parameter.key: {option.value for option in parameter.options} for parameter in found.parameters}
    chosen = {key: value for key in offered if (value := request.GET.get(key)) in offered[key]}
    form = MatrixForm(request.GET)
    context = {
        "playbook": found.fitted(chosen),
        "chosen": found.choose(chosen),
        "form": form,
        "all_open": request.GET.get("open") == "all",
        "matrix": matrix(
            found.fitted(chosen), form.chosen, today=timezone.localdate(), days=settings.PLAYBOOK_FACTS_DAYS
        ),
        "versions": library.versions(slug),
        "removable": library.removable(slug) if can_import_playbooks(request.user) else set(),
        "is_current": is_current,
        "can_draft": can_draft(request.user),
        "can_import": can_import_playbooks(request.user),
    }
    return render(request, "playbooks/detail.html", context)


@require_GET
def file(request: Request, slug: str) -> HttpResponse:
    """The playbook as the file it came from, to be edited and brought in again."""
    require(can_read_playbooks(request.user))
    found, _is_current = _find(slug, request.GET.get("version", ""))
    answer = HttpResponse(library.text_of(slug, found.version), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.slug}.yaml"'
    return answer


@require_GET
def schema(request: Request) -> HttpResponse:
    """The published JSON Schema of the format, for editors and for whoever writes a playbook."""
    return HttpResponse(checking.schema(), content_type="application/schema+json")


@require_http_methods(["GET", "POST"])
def importing(request: Request) -> HttpResponse:
    """Bring in a playbook as a file. A mistake in it is shown with its line, as the command check_playbook says it."""
    require(can_import_playbooks(request.user))
    if request.method == "GET":
        return _import_page(request, PlaybookFileForm(), status=200)
    form = PlaybookFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import_page(request, form, status=422)
    name, now = form.cleaned_data["file"].name, timezone.now()
    try:
        row = library.bring_in(form.raw, name, by=request.user, now=now, today=timezone.localdate())
    except InvalidPlaybook as error:
        return _import_page(request, form, name=name, problems=error.problems, status=422)
    except DomainError as error:
        form.add_error("file", str(error))
        return _import_page(request, form, status=409)
    if row is None:
        messages.info(request, _("This version is here already, word by word."))
        return see_other(reverse("playbook", args=[library.slug_of(name)]))
    messages.success(request, _("Version %(version)s of the playbook is current now.") % {"version": row.version})
    return see_other(reverse("playbook", args=[row.slug]))


@require_POST
def removal(request: Request, slug: str) -> HttpResponse:
    """Take away a version that was brought in, and on which no ban rests."""
    require(can_import_playbooks(request.user))
    version = request.POST.get("version", "")
    if library.remove(slug, version, by=request.user, now=timezone.now()):
        messages.success(request, _("Version %(version)s of the playbook is removed.") % {"version": version})
    left = any(playbook.slug == slug for playbook in playbooks.all_playbooks())
    return see_other(reverse("playbook", args=[slug]) if left else reverse("playbooks"))


def _import_page(request: Request, form: PlaybookFileForm, *, status: int, **found: object) -> HttpResponse:
    return render(request, "playbooks/import.html", {"form": form, **found}, status=status)


def _find(slug: str, version: str) -> tuple[Playbook, bool]:
    """That version of a playbook, or the current one, and whether it is current. 404 for what is not here."""
    current = next((playbook for playbook in playbooks.all_playbooks() if playbook.slug == slug), None)
    found = current
    if current is not None and version not in ("", current.version):
        found = playbooks.find_version(slug, version)
    if found is None:
        raise Http404
    return found, found == current
