"""A team's move under one ban: how far it is with all below it, its people, its steps, and a word to many."""

from collections.abc import Callable, Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _t
from rest_framework import serializers

from migration_planner.api.checklists import MarkShape, StepLine, put
from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.figures import OverviewShape, PeopleQuery, PersonUnderBan, TeamOfBan, people_page
from migration_planner.api.lookups import own_ban, visible_migration
from migration_planner.api.shapes import Number, PersonInShort, paged
from migration_planner.api.waivers import WaiverWish
from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import Page
from migration_planner.people.models import User
from migration_planner.planning import outline, progress
from migration_planner.planning.leave import Leave
from migration_planner.planning.models import Checklist, Migration, Step
from migration_planner.planning.models.comments import TEXT_LENGTH
from migration_planner.planning.permissions import (
    can_assign,
    can_mark_team_step,
    can_nudge,
    can_run,
    can_see_people,
    leads,
)
from migration_planner.planning.reviewing import REASON_LENGTH
from migration_planner.planning.waiving import Wish
from migration_planner.reminders import acting, comments, nudging, reviews
from migration_planner.reminders.acting import MOST


class TeamUnderBan(OverviewShape):
    """A team under one ban: itself, its leads, and the figures with those of the teams right below it."""

    team = TeamOfBan()
    leads = PersonInShort(many=True)


class TeamPeopleQuery(PeopleQuery):
    below = serializers.BooleanField(required=False, default=False, help_text="`true`: with all teams below it.")


class TeamLine(StepLine):
    """A step that the team does once; `assigned` is the member named for it."""

    assigned = PersonInShort(source="person", allow_null=True)


class TeamSteps(Serializer):
    results = TeamLine(many=True)


class Assigning(Serializer):
    person = Number(allow_null=True, help_text="Number of a member of the team; null for nobody.")


class Nudged(Serializer):
    """How many will hear from us, had their nudge of the day already, and cannot be reached."""

    queued = serializers.IntegerField()
    already = serializers.IntegerField()
    unreachable = serializers.IntegerField()


class Away(Serializer):
    first = serializers.DateField()
    last = serializers.DateField()


class SharedWish(WaiverWish):
    steps = None  # type: ignore[assignment] # for everything that each of them has still to do


#: What owners of the ban may do as well.
FOR_OWNERS = {"nudge", "confirm", "return", "comment"}
#: What each act on many people needs to be told.
NEEDED = {
    "nudge": (), "confirm": ("step",), "return": ("step", "why"), "comment": ("text",), "leave": ("leave",), "waiver": ("wish",),
}  # fmt: skip


class TeamAct(Serializer):
    """One act on some people of the team: nudge them, note their leave (`leave`), ask for waivers for them (`wish`).

    `confirm` what they claim at a step, or `return` it with a reason: its number is `step`, the reason is `why`.
    `comment`: say `text` about the checklist of each, or about its `step`.
    """

    act = serializers.ChoiceField([(name, name) for name in NEEDED])
    checklists = serializers.ListField(child=Number(), min_length=1, max_length=MOST)
    leave = Away(required=False, allow_null=True)
    wish = SharedWish(required=False, allow_null=True)
    step = Number(required=False, allow_null=True)
    why = serializers.CharField(required=False, allow_blank=True, max_length=REASON_LENGTH)
    text = serializers.CharField(required=False, allow_blank=True, max_length=TEXT_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for needed in NEEDED[attrs["act"]]:
            if not attrs.get(needed):
                raise serializers.ValidationError({needed: [self.fields[needed].error_messages["required"]]})
        return attrs


class ActDone(Serializer):
    checklist = serializers.IntegerField(source="checklist.pk")
    person = serializers.CharField(source="checklist.person.name")
    error = serializers.CharField(help_text="Why nothing was done; empty when it was.")


class ActsDone(Serializer):
    results = ActDone(many=True)


@act("team_under_ban", READ, "teams", answer=TeamUnderBan)
def read(call: Call, pk: int, team_id: int) -> dict[str, Any]:
    """How far a team has come with all below it, neediest teams first."""
    migration = visible_migration(call.user, pk, team_id)
    found = progress.of_team(migration.ban, migration.path)
    figures = {name: getattr(found, name) for name in ("total", "own", "rows")}
    return {"team": migration, "leads": migration.team.leads(), **figures}


@act("team_people", READ, "teams", query=TeamPeopleQuery, answer=paged(PersonUnderBan))
def list_people(call: Call, pk: int, team_id: int) -> Page[Checklist]:
    """The people of a team and how far each is: for its leads, and those who answer for the ban."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_see_people(call.user, migration))
    rows = Checklist.objects.filter(ban=pk).counted()
    rows = rows.below(migration.path) if call.asked["below"] else rows.filter(migration=migration)
    return people_page(call, rows)


@act("team_steps", READ, "teams", answer=TeamSteps)
def list_steps(call: Call, pk: int, team_id: int) -> dict[str, Any]:
    """The steps that the team does once, each with its mark and the member named for it."""
    return _steps(visible_migration(call.user, pk, team_id))


@act("mark_team_step", MANAGE, "teams", body=MarkShape, answer=TeamSteps, example={"state": "done"})
def mark(call: Call, pk: int, team_id: int, step_id: int) -> dict[str, Any]:
    """Put a step of the team into a state: its leads, and the member named for it. Repeating it changes nothing."""
    migration = visible_migration(call.user, pk, team_id)
    step = get_object_or_404(migration.ban.steps.per_team(), pk=step_id)
    require(can_mark_team_step(call.user, migration, step))
    put(migration, step, call)
    return _steps(migration)


@act("assign_team_step", MANAGE, "teams", body=Assigning, answer=TeamSteps)
def assign(call: Call, pk: int, team_id: int, step_id: int) -> dict[str, Any]:
    """Name the member who does a step of the team, or nobody."""
    migration = visible_migration(call.user, pk, team_id)
    step = get_object_or_404(migration.steps(), pk=step_id)
    require(can_assign(call.user, migration))
    person = get_object_or_404(User, pk=call.said["person"]) if call.said["person"] else None
    migration.assign(step, person, by=call.user, now=call.now)
    return _steps(migration)


@act("nudge_team", MANAGE, "teams", answer=Nudged)
def nudge(call: Call, pk: int, team_id: int) -> nudging.Nudged:
    """A polite mail to everybody unfinished in the team and below it, at most one a day for each."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_nudge(call.user, migration))
    asked = Checklist.objects.filter(ban=pk).below(migration.path)
    return nudging.nudge(asked, by=call.user, now=call.now, migration=migration)


@act("nudge_ban", MANAGE, "teams", answer=Nudged)
def nudge_all(call: Call, pk: int) -> nudging.Nudged:
    """A polite mail to everybody unfinished in the whole audience, at most one a day for each."""
    return nudging.nudge(own_ban(call.user, pk).checklists.all(), by=call.user, now=call.now)


@act("act_on_people", MANAGE, "teams", body=TeamAct, answer=ActsDone,
     example={"act": "nudge", "checklists": [17, 42]})  # fmt: skip
def act_on_people(call: Call, pk: int, team_id: int) -> dict[str, Any]:
    """Do one thing for some people of the team and below: nudge, confirm or return marks, comment, note leave, ask for waivers.

    Each stands alone.
    """
    migration, asked = visible_migration(call.user, pk, team_id), call.said["act"]
    led = leads(call.user, migration.path)
    require(migration.ban.is_live and (led or (asked in FOR_OWNERS and can_run(call.user, migration.ban))))
    rows = Checklist.objects.filter(ban=pk, pk__in=call.said["checklists"]).counted().below(migration.path)
    found = list(rows.select_related("person", "migration", "ban").order_by("person__name", "pk"))
    if not found:
        raise DomainError(_t("None of them is in this team any more. Reload the page."))
    return {"results": ACTS[asked](found, call, migration)}


def _nudge(rows: Sequence[Checklist], call: Call, migration: Migration) -> list[acting.Outcome]:
    return acting.nudge(rows, by=call.user, now=call.now, migration=migration)


def _leave(rows: Sequence[Checklist], call: Call, migration: Migration) -> list[acting.Outcome]:
    return acting.note_leave(rows, Leave(**call.said["leave"]), by=call.user, now=call.now)


def _waivers(rows: Sequence[Checklist], call: Call, migration: Migration) -> list[acting.Outcome]:
    return acting.ask_for_waivers(rows, Wish(**call.said["wish"]), by=call.user, now=call.now)


def _confirm(rows: Sequence[Checklist], call: Call, migration: Migration) -> list[acting.Outcome]:
    return reviews.confirm(rows, _step(call, migration), by=call.user, now=call.now)


def _return(rows: Sequence[Checklist], call: Call, migration: Migration) -> list[acting.Outcome]:
    return reviews.give_back(rows, _step(call, migration), by=call.user, now=call.now, why=call.said["why"])


def _comment(rows: Sequence[Checklist], call: Call, migration: Migration) -> list[acting.Outcome]:
    step = _step(call, migration) if call.said.get("step") else None
    return comments.write(rows, call.said["text"], by=call.user, now=call.now, step=step)


def _step(call: Call, migration: Migration) -> Step:
    return get_object_or_404(migration.ban.steps.live().per_person(), pk=call.said["step"])


ACTS: dict[str, Callable[[Sequence[Checklist], Call, Migration], list[acting.Outcome]]] = {
    "nudge": _nudge,
    "leave": _leave,
    "waiver": _waivers,
    "confirm": _confirm,
    "return": _return,
    "comment": _comment,
}


def _steps(migration: Migration) -> dict[str, Any]:
    return {"results": outline.of_migration(migration).lines}


team, people, steps = door(get=read), door(get=list_people), door(get=list_steps)
team_step, assignment = door(put=mark), door(put=assign)
team_nudge, ban_nudge, acts = door(post=nudge), door(post=nudge_all), door(post=act_on_people)
