"""A team's page under one ban: how far it has come with all below it, who is behind, and why."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import answering, finishing, gaps, outline, progress, using
from migration_planner.planning.models import Checklist, Migration, Step
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.planning.permissions import (
    can_assign,
    can_manage_scans,
    can_mark_team_step,
    can_nudge,
    can_restore_address,
    can_run,
    can_see_people,
    can_see_team,
    leads,
    leads_in_own_right,
)
from migration_planner.planning.scans import reading
from migration_planner.reminders import feeds, glance, nudging, reaching, snoozing
from migration_planner.reminders.glance import OfTeam
from migration_planner.reminders.links import url
from migration_planner.web import crews, people
from migration_planner.web.charts import burn_up
from migration_planner.web.exports import people_file
from migration_planner.web.forms.checklists import ROW, MarkForm, failed, what_was_typed
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number
from migration_planner.web.views.checklists import put

#: How many members the field for assigning a step offers; others can still be typed.
MEMBERS_OFFERED = 200
#: How many reasons of blocked people the page shows at once, and how many of those whom no mail reaches.
BLOCKED, UNREACHABLE = 6, 10


def visible_migration(request: Request, ban_id: int, team_id: int) -> Migration:
    rows = Migration.objects.select_related("ban__tool", "ban__replacement", "team")
    migration = get_object_or_404(rows, ban_id=ban_id, team_id=team_id)
    if not can_see_team(request.user, migration):
        raise Http404
    return migration


@require_GET
def detail(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    return _page(request, visible_migration(request, ban_id, team_id))


def _page(
    request: Request,
    migration: Migration,
    *,
    typed: dict[str, Any] | None = None,
    feed_url: str = "",
    status: int = 200,
) -> HttpResponse:
    sees_people = can_see_people(request.user, migration)
    seen = glance.of_team(migration)
    overview = progress.of_team(migration.ban, migration.path)
    days = progress.burn_up(migration.ban, migration.team_id)
    may_nudge = can_nudge(request.user, migration)
    context = {
        "ban": migration.ban,
        "migration": migration,
        "overview": overview,
        "above": _above(request.user, migration),
        "finished": finishing.of_team(migration),
        "leads": list(migration.team.leads().only("name")),
        "chart": burn_up(migration.ban, days, overview.total, now=timezone.now(), deadline=migration.deadline),
        **failed(typed),
        "scans": reading.of_team(migration, reported=seen.reports) if seen.scans else None,
        "can_manage_scans": can_manage_scans(request.user, migration),
        "can_see_people": sees_people,
        "can_nudge": migration.ban.is_live and may_nudge,
        **_substitutes(request.user, migration, seen, answers_for_it=may_nudge),
        "acts": crews.offered(request.user, migration) if sees_people else [],
    }
    opens = typed["step"].pk if typed else number(request.GET.get("step", ""))
    kept = request.GET.copy()
    kept.pop("step", None)
    steps = {
        **_team_steps(request.user, migration, seen, opens),
        "step_query": f"?{kept.urlencode()}&" if kept else "?",
    }
    context = steps | _feed(request.user, migration, feed_url) | context
    if sees_people:
        context |= _people(request, migration, seen)
        context["waiting"] = _waiting(request.user, migration) if seen.comments and may_nudge else None
        context |= _unreachable(request.user, migration) if seen.unreachable else {}
        context["blocked"] = (
            progress.blocked(migration.ban, migration.path, most=BLOCKED) if overview.total.blocked else []
        )
    return render(request, "teams/detail.html", context, status=status)


def _substitutes(user: User, migration: Migration, seen: OfTeam, *, answers_for_it: bool) -> dict[str, Any]:
    """Who stands in for leads of this team or is going to, whether the reader does, and whether they can name somebody."""
    own, place = leads_in_own_right(user, migration.path), user.leads_for(migration.path)
    rows = migration.team.substitutions.standing(timezone.now()).of_leads().select_related("lead", "substitute")
    return {
        "stands_in": place,
        "may_name_substitute": own or (answers_for_it and (place is None or can_run(user, migration.ban))),
        "substitutes": list(rows.order_by("from_at", "pk")) if seen.substitutes else [],
    }


def _above(user: User, migration: Migration) -> list[Migration]:
    """The migrations of the teams above this one that the reader may see, from the root down."""
    parts = migration.path.split("/")
    paths = ["/".join(parts[:length]) for length in range(1, len(parts))]
    rows = Migration.objects.visible_to(user).filter(ban=migration.ban_id, path__in=paths)
    return list(rows.only("team", "path").order_by("path"))


def _people(request: Request, migration: Migration, seen: OfTeam) -> dict[str, Any]:
    """The people of the team or, asked for, of all below it too."""
    everyone = request.GET.get("scope") == "below"
    data = using.data(migration.ban, known=seen.signals)
    found = people.listing(request, _rows(migration, everyone=everyone), migration.ban, data, snoozes=seen.snoozes)
    sides = using.sides(migration.ban, data, migration.path, now=timezone.now())
    return {**found, "sides": sides, "everyone": everyone, "snoozed_now": _snoozed_now(migration, seen)}


def _snoozed_now(migration: Migration, seen: OfTeam) -> int:
    """How many people here and below have snoozed their reminders just now."""
    if not migration.ban.is_live or not seen.snoozes:
        return 0
    return snoozing.running_below(migration.ban, migration.path, now=timezone.now())


def _feed(user: User, migration: Migration, feed_url: str) -> dict[str, Any]:
    """The calendar address a lead has for this team, if there is one."""
    if not leads(user, migration.path):
        return {}
    action = reverse("team-calendar", args=[migration.ban_id, migration.team_id])
    return {
        "may_subscribe": True,
        "feed": feeds.current(user, migration.team),
        "feed_url": feed_url,
        "feed_action": action,
    }


@require_POST
def calendar(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """Make the lead's calendar address for this team, shown in this answer and never again; or revoke it."""
    migration, now = visible_migration(request, ban_id, team_id), timezone.now()
    require(leads(request.user, migration.path))
    if request.POST.get("act") == "make":
        token = feeds.make(request.user, migration.team, by=request.user, now=now)
        return _page(request, migration, feed_url=url("feed", token))
    if request.POST.get("act") == "revoke":
        feeds.revoke(request.user, migration.team, by=request.user, now=now)
        messages.success(request, _("The calendar address is revoked."))
    return see_other(f"{reverse('team', args=[ban_id, team_id])}#calendar")


def _rows(migration: Migration, *, everyone: bool) -> ChecklistQuerySet:
    rows = Checklist.objects.filter(ban=migration.ban_id).counted()
    return rows.below(migration.path) if everyone else rows.filter(migration=migration)


def _unreachable(user: User, migration: Migration) -> dict[str, Any]:
    """Whom no mail can reach, here and below: the first few with the reason, and how many they are."""
    found = reaching.unreachable(migration.ban, migration.path).order_by("person__name", "pk")
    shown = list(found[:UNREACHABLE])
    count = len(shown) if len(shown) < UNREACHABLE else found.count()
    may = bool(shown) and can_restore_address(user, migration.ban)
    return {"unreachable": shown, "unreachable_count": count, "can_restore": may}


def _waiting(user: User, migration: Migration) -> answering.Waiting | None:
    """Who has written something that nobody has answered; nothing once the ban has ended."""
    return answering.of_team(migration.ban, migration.path, reader=user.pk) if migration.ban.is_live else None


def _team_steps(user: User, migration: Migration, seen: OfTeam, opens: int | None) -> dict[str, Any]:
    """The team's steps, each with whether the reader may mark it; of the open one also whom the reader may name for it."""
    asks = opens is not None and migration.ban.is_live and migration.ban.required_team_steps and seen.gaps
    lines = outline.of_migration(migration, gaps.known(migration.ban) if asks else {}, weighed=seen.evidence)
    live = migration.ban.is_live
    may_assign, led = live and can_assign(user, migration), live and leads(user, migration.path)
    manages = live and can_manage_scans(user, migration)
    rows = [
        {
            "line": line,
            "may_mark": led or (live and line.person == user),
            "evidence_action": _aside(migration, line) if manages and line.found else "",
        }
        for line in sorted(lines.lines, key=lambda line: not line.comes_first)
    ]
    members = list(_members(migration)[:MEMBERS_OFFERED]) if may_assign and rows and opens else []
    shown = {"team_steps": rows, "may_assign": may_assign, "members": members, "frozen": not live}
    return {**ROW, "outline": lines, **shown, "opens": opens}


def _aside(migration: Migration, line: outline.Line) -> str:
    return reverse("team-evidence", args=[migration.ban_id, migration.team_id, line.step.pk])


def _members(migration: Migration) -> QuerySet[User]:
    members = User.objects.active().filter(memberships__team=migration.team_id)
    return members.only("name", "email", "is_active").order_by("name", "pk")


@require_GET
def people_csv(request: Request, ban_id: int, team_id: int) -> HttpResponseBase:
    """Those whom the page lists with the same filters."""
    migration = visible_migration(request, ban_id, team_id)
    require(can_see_people(request.user, migration))
    rows = people.in_asked_state(request, _rows(migration, everyone=request.GET.get("scope") == "below"))
    return people_file(request, f"{migration.ban} {migration.team}", migration.ban, rows)


@require_POST
def nudge(request: Request, ban_id: int, team_id: int) -> HttpResponse:
    """A polite mail to everybody unfinished in the team and below it."""
    migration = visible_migration(request, ban_id, team_id)
    require(can_nudge(request.user, migration))
    asked = Checklist.objects.filter(ban=migration.ban_id).below(migration.path)
    nudged = nudging.nudge(asked, by=request.user, now=timezone.now(), migration=migration)
    for sentence in people.told(nudged):
        messages.info(request, sentence)
    return see_other(reverse("team", args=[migration.ban_id, migration.team_id]))


@require_POST
def set_step(request: Request, ban_id: int, team_id: int, step_id: int) -> HttpResponse:
    migration = visible_migration(request, ban_id, team_id)
    step = get_object_or_404(migration.ban.steps.per_team(), pk=step_id)
    require(can_mark_team_step(request.user, migration, step))
    form = MarkForm(request.POST)
    if not form.is_valid():
        return _again(request, migration, step, _("This could not be read. Reload the page and try again."), status=422)
    try:
        put(migration, step, form, by=request.user)
    except DomainError as error:
        return _again(request, migration, step, str(error), status=409)
    return _changed(request, migration, step)


@require_POST
def assign_step(request: Request, ban_id: int, team_id: int, step_id: int) -> HttpResponse:
    migration = visible_migration(request, ban_id, team_id)
    step = get_object_or_404(migration.steps(), pk=step_id)
    require(can_assign(request.user, migration))
    address = request.POST.get("person", "").strip().lower()
    person = _members(migration).filter(email=address).first() if address else None
    if address and person is None:
        message = _("No member of this team has the address %(address)s.") % {"address": address}
        return _again(request, migration, step, message, status=422)
    migration.assign(step, person, by=request.user, now=timezone.now())
    return _changed(request, migration, step)


def _changed(request: Request, migration: Migration, step: Step) -> HttpResponse:
    """The row as it stands now; without htmx, the page at that row."""
    if request.htmx:
        return _row(request, migration, step)
    return see_other(f"{reverse('team', args=[migration.ban_id, migration.team_id])}?step={step.pk}#step-{step.pk}")


def _again(request: Request, migration: Migration, step: Step, error: str, *, status: int) -> HttpResponse:
    """The row, or without htmx the page, with what was typed and what to do."""
    typed = what_was_typed(request.POST) | {"step": step, "error": error}
    if request.htmx:
        return _row(request, migration, step, typed=typed, status=status)
    return _page(request, migration, typed=typed, status=status)


def _row(
    request: Request, migration: Migration, step: Step, *, typed: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    steps = _team_steps(request.user, migration, glance.of_team(migration), step.pk)
    row = next((row for row in steps["team_steps"] if row["line"].step == step), None)
    if row is None:
        raise DomainError(
            typed["error"]
            if typed
            else _("This step is not asked for any more. Reload the page to see the steps as they stand.")
        )
    context = {"ban": migration.ban, "migration": migration, **steps, **row, **failed(typed), "swapped": True}
    return render(request, "teams/detail.html#step", context, status=status)
