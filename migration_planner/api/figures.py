"""How far a ban has come: the whole audience, its people, its teams, on a past day, against last week."""

from datetime import UTC
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _t
from rest_framework import serializers

from migration_planner.api.doors import READ, Call, Serializer, act, door
from migration_planner.api.lookups import figures_ban
from migration_planner.api.shapes import Paged, PersonInShort, page, paged
from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import Page
from migration_planner.people.models import below
from migration_planner.planning import explaining, progress
from migration_planner.planning.models import Checklist, Migration, ProgressDay
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.planning.progress import Figures, Overview

#: How people may be sorted; the last key makes every order total.
ORDERS = {"need": ("need", "person_name", "pk"), "name": ("person_name", "pk"), "activity": ("-active_at", "-pk")}
STATES = [choice for choice in Checklist.State.choices if choice[0] != Checklist.State.STOPPED]


class TeamQuery(Serializer):
    team = serializers.CharField(required=False, help_text="Path of a team: only that team with all below it.")


class Progress(Serializer):
    """Everybody counted is in one state: people = done + started + blocked + waived + not_started, and done = done_verified +
    done_claimed. Of the team steps asked, some are verified by scans and some claimed."""

    people = serializers.IntegerField()
    teams = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()
    not_started = serializers.IntegerField()
    done_verified = serializers.IntegerField()
    done_claimed = serializers.IntegerField()
    team_steps_asked = serializers.IntegerField()
    team_steps_verified = serializers.IntegerField()
    team_steps_claimed = serializers.IntegerField()


class FiguresShape(Serializer):
    """People by state: people = done + started + blocked + waived + not_started."""

    people = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()
    not_started = serializers.IntegerField()
    unfinished = serializers.IntegerField(help_text="Those still to finish by the deadline.")
    done_verified = serializers.IntegerField(source="verified")
    done_claimed = serializers.IntegerField(source="claimed")


class TeamFigures(Serializer):
    """One team with all below it."""

    team = serializers.IntegerField(source="team_id")
    path = serializers.CharField()
    figures = FiguresShape()
    teams = serializers.IntegerField()
    team_steps_done = serializers.IntegerField()
    team_steps_asked = serializers.IntegerField()
    has_lead = serializers.BooleanField()


class OverviewShape(Serializer):
    """A total and what it is made of: `own` people of the team itself (none over several teams) and the teams right below."""

    total = FiguresShape()
    own = TeamFigures(allow_null=True)
    rows = TeamFigures(many=True)


class PeopleQuery(Paged):
    state = serializers.ChoiceField(STATES, required=False)
    team = serializers.CharField(required=False, help_text="Path of a team: only the people there and below.")
    sort = serializers.ChoiceField(
        [(name, name) for name in ORDERS], required=False, default="need", help_text="`need`: who needs help first."
    )


class PersonUnderBan(Serializer):
    """One person's part in the ban."""

    checklist = serializers.IntegerField(source="pk")
    person = PersonInShort()
    team = serializers.CharField(source="migration.path")
    state = serializers.ChoiceField(Checklist.State.choices)
    finished_steps = serializers.IntegerField()
    verified_steps = serializers.IntegerField()
    is_verified = serializers.BooleanField()
    last_activity_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    waived_until = serializers.DateTimeField(allow_null=True)


class TeamsQuery(Paged):
    below = serializers.CharField(required=False, help_text="Path of a team: only that team with all below it.")
    unfinished = serializers.BooleanField(
        required=False, help_text="`true`: only teams with unfinished people of their own."
    )


class TeamOfBan(Serializer):
    """One team with the people whose home it is."""

    team = serializers.IntegerField(source="team_id")
    path = serializers.CharField()
    wave = serializers.IntegerField(source="wave_id", allow_null=True)
    deadline_at = serializers.DateTimeField(source="deadline", allow_null=True)
    people = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()
    not_started = serializers.IntegerField()
    done_verified = serializers.IntegerField(source="verified")
    team_steps_done = serializers.IntegerField(source="finished_team_steps")
    team_steps_verified = serializers.IntegerField(source="verified_team_steps")


class AsOfQuery(TeamQuery):
    day = serializers.DateField(help_text="A day that is over (UTC).")


class PastFigures(Serializer):
    """Kept at the end of that day; days do not say how much was verified."""

    day = serializers.DateField()
    people = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()


class AsOfTeamsQuery(Paged):
    day = serializers.DateField(help_text="A day that is over (UTC).")
    below = serializers.CharField(required=False, help_text="Path of a team: only that team with all below it.")


class PastTeam(PastFigures):
    """One team with all below it, at the end of that day."""

    team = serializers.IntegerField(source="team_id")
    path = serializers.CharField(source="team.path")


class Difference(Serializer):
    """From the end of `since` until now; the numbers add up exactly: people_now = people_then + joined - left;
    done_now = done_then + finished - reopened_by_scan - undone;
    waived_now = waived_then + granted - waived_finished - waivers_ended - waived_otherwise."""

    since = serializers.DateField()
    people_then = serializers.IntegerField()
    people_now = serializers.IntegerField()
    done_then = serializers.IntegerField()
    done_now = serializers.IntegerField()
    waived_then = serializers.IntegerField()
    waived_now = serializers.IntegerField()
    joined = serializers.IntegerField()
    left = serializers.IntegerField()
    finished = serializers.IntegerField()
    reopened_by_scan = serializers.IntegerField()
    undone = serializers.IntegerField()
    granted = serializers.IntegerField()
    waived_finished = serializers.IntegerField()
    waivers_ended = serializers.IntegerField()
    waived_otherwise = serializers.IntegerField()


@act("progress", READ, "progress", query=TeamQuery, answer=Progress)
def read_progress(call: Call, pk: int) -> dict[str, int]:
    """How far a ban has come, or one team of it. For those who answer for the whole ban."""
    found, path = figures_ban(call.user, pk), call.asked.get("team", "")
    if path and not found.migrations.filter(path=path).exists():
        raise Http404
    return _progress(progress.total(found, path))


@act("overview", READ, "progress", answer=OverviewShape)
def read_overview(call: Call, pk: int) -> Overview:
    """The whole audience and the teams right at its top, each with all below it, neediest first."""
    return progress.of_audience(figures_ban(call.user, pk))


@act("ban_people", READ, "progress", query=PeopleQuery, answer=paged(PersonUnderBan))
def list_people(call: Call, pk: int) -> Page[Checklist]:
    """The people of the whole audience with how far they are: who needs help first, by name, or by activity."""
    return people_page(call, figures_ban(call.user, pk).checklists.counted())


def people_page(call: Call, rows: ChecklistQuerySet) -> Page[Checklist]:
    asked = call.asked
    rows = rows.in_state(asked["state"]) if "state" in asked else rows
    rows = rows.below(asked["team"]) if "team" in asked else rows
    return page(call, rows.with_order_keys().select_related("person", "migration"), ORDERS[asked["sort"]])


@act("ban_teams", READ, "progress", query=TeamsQuery, answer=paged(TeamOfBan))
def list_teams(call: Call, pk: int) -> Page[Migration]:
    """Every team of the audience by path, with the figures of its own people, its wave and its deadline."""
    found = figures_ban(call.user, pk)
    rows = found.migrations.select_related("ban")
    rows = rows.below(call.asked["below"]) if "below" in call.asked else rows
    rows = rows.unfinished_first().order_by() if call.asked.get("unfinished") else rows
    return page(call, rows, ("path",))


@act("as_of", READ, "progress", query=AsOfQuery, answer=PastFigures)
def read_as_of(call: Call, pk: int) -> Any:
    """How a ban stood at the end of a day, or one team of it with all below."""
    found, day, path = figures_ban(call.user, pk), call.asked["day"], call.asked.get("team", "")
    if day >= call.now.astimezone(UTC).date():
        raise DomainError(_t("Choose a day that is over (UTC)."))
    rows = found.progress_days.filter(day=day)
    row = (rows.filter(team__path=path) if path else rows.filter(team__isnull=True)).first()
    if row is None:
        raise DomainError(_t("No figures were kept for this day: the ban was not in force, or the clock did not run."))
    return row


@act("as_of_teams", READ, "progress", query=AsOfTeamsQuery, answer=paged(PastTeam))
def list_as_of_teams(call: Call, pk: int) -> Page[ProgressDay]:
    """How each team of a ban stood at the end of a day, with all below it, by path. Empty for a day that was not kept."""
    rows = figures_ban(call.user, pk).progress_days.filter(day=call.asked["day"], team__isnull=False)
    rows = rows.filter(below(call.asked["below"], field="team__path")) if "below" in call.asked else rows
    return page(call, rows.select_related("team"), ("team__path",))


@act("difference", READ, "progress", answer=Difference)
def read_difference(call: Call, pk: int) -> explaining.Difference:
    """Why a ban stands otherwise than a week ago, in numbers that add up. 404 before a day is over."""
    found = figures_ban(call.user, pk)
    difference = explaining.last_week(found, now=call.now) if found.is_live else None
    if difference is None:
        raise Http404
    return difference


def _progress(overview: Overview) -> dict[str, int]:
    total: Figures = overview.total
    steps = ("team_steps_asked", "team_steps_verified", "team_steps_claimed")
    states = ("people", "done", "started", "blocked", "waived", "not_started")
    return {
        **{name: getattr(total, name) for name in states},
        "teams": overview.teams,
        "done_verified": total.verified,
        "done_claimed": total.claimed,
        **{name: getattr(overview, name) for name in steps},
    }


ban_progress, overview = door(get=read_progress), door(get=read_overview)
people, teams = door(get=list_people), door(get=list_teams)
as_of_teams = door(get=list_as_of_teams)
as_of, difference = door(get=read_as_of), door(get=read_difference)
