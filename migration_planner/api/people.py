"""People and teams, as far as one may see them."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import READ, Call, act, door
from migration_planner.api.lookups import visible_person
from migration_planner.api.shapes import Number, Paged, PersonInShort, TeamInShort, page, paged
from migration_planner.lib.paging import Page
from migration_planner.people.finding import LONGEST, people_called, words_of
from migration_planner.people.models import Team, User
from migration_planner.planning import audience, finding
from migration_planner.planning.audience import Size


class PeopleQuery(Paged):
    q = serializers.CharField(
        required=False,
        max_length=LONGEST,
        help_text="As in the search of the pages: every word, by three letters in a row anywhere in the name or by fewer at the "
        "beginning of a word of it; one word alone also by the beginning of an address or external id. One letter finds nobody.",
    )
    team = serializers.CharField(required=False, help_text="Path of a team: only its members.")


class Person(PersonInShort):
    site = serializers.CharField()
    zone = serializers.CharField()
    language = serializers.CharField()
    is_active = serializers.BooleanField(help_text="False once they have left.")


class TeamsQuery(Paged):
    q = serializers.CharField(required=False, max_length=100, help_text="Part of a name; with a slash, of a path.")
    parent = Number(required=False, help_text="Number of a team: only those right below it.")  # type: ignore[assignment] # of a team
    below = serializers.CharField(required=False, help_text="Path of a team: only that team with all below it.")
    depth = serializers.IntegerField(required=False, min_value=0, max_value=1000, help_text="0 for the roots.")


class TeamInTree(TeamInShort):
    parent = serializers.IntegerField(source="parent_id", allow_null=True)  # type: ignore[assignment] # of a team
    depth = serializers.IntegerField()


class TeamWithSize(TeamInTree):
    """A team, its leads, and its size: people whose home it is, or a team below it."""

    leads = PersonInShort(many=True)
    people = serializers.IntegerField()
    teams = serializers.IntegerField(help_text="This one included.")


@act("people", READ, "people and teams", query=PeopleQuery, answer=paged(Person))
def list_people(call: Call) -> Page[User]:
    """Search people: those whose checklist you may see, yourself included; everybody for auditors and administrators.

    Without a checklist you find yourself only where you may see nobody else; `/api/me/` tells of you in any case.
    """
    rows = finding.people_to_look_up(call.user)
    if "q" in call.asked:
        words = words_of(call.asked["q"])
        rows = people_called(rows, words) if words else rows.none()
    if path := call.asked.get("team"):
        rows = rows.filter(memberships__team__path=path)
    return page(call, rows, ("pk",))


@act("person", READ, "people and teams", answer=Person)
def read_person(call: Call, pk: int) -> User:
    """One person you may see."""
    return visible_person(call.user, pk)


@act("teams", READ, "people and teams", query=TeamsQuery, answer=paged(TeamInTree))
def list_teams(call: Call) -> Page[Team]:
    """The tree of teams you may see, by path, so that each team stands before those below it."""
    rows, asked = Team.objects.visible_to(call.user), call.asked
    if words := asked.get("q"):
        rows = rows.filter(**{"path__icontains" if "/" in words else "name__icontains": words})
    if "parent" in asked:
        rows = rows.filter(parent=asked["parent"])
    if "below" in asked:
        rows = rows.below(asked["below"])
    if "depth" in asked:
        rows = rows.filter(depth=asked["depth"])
    return page(call, rows, ("path",))


@act("team", READ, "people and teams", answer=TeamWithSize)
def read_team(call: Call, pk: int) -> dict[str, Any]:
    """One team you may see, with its leads and its size."""
    team = get_object_or_404(Team.objects.visible_to(call.user), pk=pk)
    size = audience.sizes([team.path]).get(team.path, Size())
    names = ("pk", "name", "path", "parent_id", "depth")
    return {**{name: getattr(team, name) for name in names}, **vars(size), "leads": team.leads()}


people, person = door(get=list_people), door(get=read_person)
teams, team = door(get=list_teams), door(get=read_team)
