"""Acting on many people of a team at once: choose them, look at what would happen, do it, take it back within a minute."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import reviewing
from migration_planner.planning.models import Checklist, Mark, Migration
from migration_planner.planning.reviewing import Stand
from migration_planner.reminders import acting, comments, reviews
from migration_planner.reminders.acting import MOST, Outcome
from migration_planner.web.crews import ACTS, offered
from migration_planner.web.forms.crews import ActForm, CommentForm, ConfirmForm, LeaveForm, ReturnForm, WaiversForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number
from migration_planner.web.views.teams import visible_migration

#: For so many seconds an act can be taken back.
UNDO_WITHIN = 60
SALT = "team-act"


@require_POST
def act(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """The preview of an act on the people ticked; with `confirmed`, the act itself and what became of each."""
    migration, asked, now = visible_migration(request, ban_id, team_id), request.POST.get("act", ""), timezone.now()
    allowed = dict(offered(request.user, migration))
    require(bool(allowed))
    if asked not in ACTS:
        raise DomainError(_("Choose what to do with the people you ticked."))
    require(asked in allowed)
    rows = _chosen(request, migration)
    confirmed = request.POST.get("confirmed") == "yes"
    form = _form(request, asked, migration, rows, confirmed=confirmed)
    context = {"ban": migration.ban, "migration": migration, "act": asked, "form": form}
    context |= {"title": ACTS[asked].title, "lede": ACTS[asked].lede}
    if not confirmed or not form.is_valid():
        context |= {"rows": _previewed(rows, form), "has_step": isinstance(form, ConfirmForm)}
        return render(request, "teams/act.html", context, status=422 if confirmed else 200)
    outcomes = _do(form, rows, migration, by=request.user, now=now)
    context |= {"outcomes": outcomes, "done": ACTS[asked].done, "token": _token(migration, asked, outcomes)}
    return render(request, "teams/acted.html", context)


def _form(request: Request, asked: str, migration: Migration, rows: Sequence[Checklist], *, confirmed: bool) -> ActForm:
    """The form of an act; in a preview with what is known already: the step that was chosen, else the one most claim."""
    kind = ACTS[asked].form
    if confirmed:
        return kind(request.POST, ban=migration.ban)
    if not issubclass(kind, ConfirmForm):
        return kind(ban=migration.ban)
    step = number(request.POST.get("step", "")) or reviewing.most_claimed(rows)
    return kind(ban=migration.ban, initial={"step": step, "why": request.POST.get("why", "")})


def _previewed(rows: Sequence[Checklist], form: ActForm) -> list[tuple[Checklist, str]]:
    """Each person, and how they stand at the step that is chosen: the shape of a state, or nothing where no step is."""
    if not isinstance(form, ConfirmForm):
        return [(row, "") for row in rows]
    chosen = number(str(form["step"].value() or "")) or 0
    step = form.ban.steps.live().per_person().filter(pk=chosen).first()
    stands = reviewing.stands([row.pk for row in rows], step) if step else {}
    return [(row, _look(stands[row.pk]) if step else "") for row in rows]


def _look(at: Stand) -> str:
    if at.state == Mark.State.DONE:
        return "verified" if at.is_verified else "confirmed" if at.is_confirmed else "claimed"
    return at.state


def _chosen(request: Request, migration: Migration) -> list[Checklist]:
    """The people ticked, of this team and those below it; anybody else is passed over."""
    ticked = [pk for text in request.POST.getlist("who")[: MOST + 1] if (pk := number(text))]
    if not ticked:
        raise DomainError(_("Tick at least one person."))
    if len(ticked) > MOST:
        raise DomainError(_("Tick at most %(most)d people at once.") % {"most": MOST})
    rows = Checklist.objects.filter(ban=migration.ban_id, pk__in=ticked).counted().below(migration.path)
    found = list(rows.select_related("person", "migration", "ban").order_by("person__name", "pk"))
    if not found:
        raise DomainError(_("None of them is in this team any more. Reload the page."))
    return found


def _do(form: ActForm, rows: Sequence[Checklist], migration: Migration, *, by: User, now: datetime) -> list[Outcome]:
    said = form.cleaned_data
    match form:
        case LeaveForm():
            return acting.note_leave(rows, form.leave, by=by, now=now)
        case WaiversForm():
            return acting.ask_for_waivers(rows, form.wish, by=by, now=now)
        case CommentForm():
            return comments.write(rows, said["text"], by=by, now=now, step=said["step"])
        case ReturnForm():
            return reviews.give_back(rows, said["step"], by=by, now=now, why=said["why"])
        case ConfirmForm():
            return reviews.confirm(rows, said["step"], by=by, now=now)
    return acting.nudge(rows, by=by, now=now, migration=migration)


def _token(migration: Migration, asked: str, outcomes: list[Outcome]) -> str:
    """What takes it back, signed, so that nobody can ask for anything else; empty when nothing was done."""
    done = {str(each.checklist.pk): each.undo for each in outcomes if not each.error}
    return signing.dumps({"migration": migration.pk, "act": asked, "done": done}, salt=SALT) if done else ""


@require_POST
def undo(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """Take back what was done less than a minute ago, where it can be."""
    migration, now = visible_migration(request, ban_id, team_id), timezone.now()
    require(bool(offered(request.user, migration)))
    what = _read(request.POST.get("token", ""), migration)
    back = TAKE_BACK[what["act"]](migration, what["done"], request.user, now)
    left = len(what["done"]) - back
    words = ngettext("Taken back for %(count)d person.", "Taken back for %(count)d people.", back) % {"count": back}
    messages.success(request, words)
    if left:
        words = ngettext(
            "For %(count)d person it could not be taken back any more.",
            "For %(count)d people it could not be taken back any more.",
            left,
        )
        messages.warning(request, words % {"count": left})
    return see_other(f"{reverse('team', args=[ban_id, team_id])}#people")


def _read(token: str, migration: Migration) -> dict[str, Any]:
    try:
        what: dict[str, Any] = signing.loads(token, salt=SALT, max_age=UNDO_WITHIN)
    except signing.BadSignature:
        raise DomainError(_("The minute is over. What was done stands; undo it person by person.")) from None
    if what["migration"] != migration.pk:
        raise DomainError(_("This belongs to another team. Open that team's page."))
    return what


def _nudges_back(migration: Migration, done: dict[str, Any], by: User, now: datetime) -> int:
    return acting.take_back_nudges(migration.ban_id, list(done.values()), by=by, now=now)


def _leave_back(migration: Migration, done: dict[str, Any], by: User, now: datetime) -> int:
    return acting.take_back_leave({int(pk): days for pk, days in done.items()}, by=by, now=now)


def _waivers_back(migration: Migration, done: dict[str, Any], by: User, now: datetime) -> int:
    return acting.take_back_waivers(list(done.values()), by=by, now=now)


def _returns_back(migration: Migration, done: dict[str, Any], by: User, now: datetime) -> int:
    return reviews.take_back_returns(migration.ban, list(done.values()), by=by, now=now)


def _confirmations_back(migration: Migration, done: dict[str, Any], by: User, now: datetime) -> int:
    return reviews.take_back_confirmations(migration.ban, list(done.values()), by=by, now=now)


def _comments_back(migration: Migration, done: dict[str, Any], by: User, now: datetime) -> int:
    return comments.withdraw(list(done.values()), by=by, now=now)


TAKE_BACK: dict[str, Callable[[Migration, dict[str, Any], User, datetime], int]] = {
    "nudge": _nudges_back,
    "leave": _leave_back,
    "waiver": _waivers_back,
    "confirm": _confirmations_back,
    "return": _returns_back,
    "comment": _comments_back,
}
