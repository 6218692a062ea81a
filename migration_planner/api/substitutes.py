"""Who stands in for the leads of a team, and when."""

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import visible_migration
from migration_planner.api.shapes import Number, Paged, PersonInShort, page, paged
from migration_planner.lib.paging import Page
from migration_planner.people.models import Substitution, User
from migration_planner.planning import substituting
from migration_planner.planning.permissions import can_name_substitute, can_see_people
from migration_planner.planning.substituting import Period


class SubstitutionShape(Serializer):
    """Somebody with a lead's rights over a team and all below it, from the first day to the last in the lead's time zone."""

    id = serializers.IntegerField(source="pk")
    substitute = PersonInShort()
    lead = PersonInShort()
    first = serializers.DateField()
    last = serializers.DateField()
    zone = serializers.CharField()
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it was ended early.")


class NewSubstitution(Serializer):
    lead = Number(help_text="Number of a lead of the team itself.")
    substitute = Number(help_text="Number of who stands in.")
    first = serializers.DateField()
    last = serializers.DateField()


@act("team_substitutes", READ, "teams", query=Paged, answer=paged(SubstitutionShape))
def list_substitutes(call: Call, pk: int, team_id: int) -> Page[Substitution]:
    """Who stands in, stood in or is going to stand in for leads of a team, newest first."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_see_people(call.user, migration))
    return page(call, migration.team.substitutions.select_related("lead", "substitute"), ("-id",))


@act("name_substitute", MANAGE, "teams", body=NewSubstitution, answer=SubstitutionShape, status=201)
def name(call: Call, pk: int, team_id: int) -> Substitution:
    """Have somebody stand in for a lead of a team, under every ban: leads in their own right, and the ban's owners."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_name_substitute(call.user, migration))
    said = call.said
    lead, substitute = (get_object_or_404(User.objects.active(), pk=said[who]) for who in ("lead", "substitute"))
    period = Period(said["first"], said["last"])
    return substituting.name(migration, lead, substitute, period, by=call.user, now=call.now)


@act("end_substitution", MANAGE, "teams", answer=SubstitutionShape)
def end(call: Call, pk: int, team_id: int, substitution_id: int) -> Substitution:
    """Send a substitute home before the last day. Repeating it changes nothing."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_see_people(call.user, migration))
    found = get_object_or_404(migration.team.substitutions.select_related("lead", "substitute"), pk=substitution_id)
    require(substituting.can_end(call.user, found, migration))
    substituting.end(found, migration, by=call.user, now=call.now)
    found.refresh_from_db()
    return found


substitutes, substitution_end = door(get=list_substitutes, post=name), door(post=end)
