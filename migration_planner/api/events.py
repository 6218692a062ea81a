"""History: who did what to which thing, when, and why."""

from rest_framework import serializers

from migration_planner.api.doors import READ, Call, Serializer, act, door
from migration_planner.api.lookups import figures_ban
from migration_planner.api.shapes import Paged, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning.models import Event


class EventRow(Serializer):
    """One line of history. `actor` is empty for the clock, and `acted_for` the lead in whose place a substitute did it.

    `data` is what the line carries, by the kind of event.
    """

    id = serializers.IntegerField(source="pk")
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    words = serializers.CharField(source="get_verb_display", help_text="The verb in your language.")
    actor = serializers.CharField(source="actor.name", default="")
    acted_for = serializers.CharField(source="data.for.name", default="")
    why = serializers.CharField()
    step = serializers.CharField(source="step.title", default="")
    team = serializers.CharField(source="migration.team.name", default="")
    gap = serializers.CharField(source="gap.title", default="")
    data = serializers.DictField()  # type: ignore[assignment] # of the event


class EventsQuery(Paged):
    everything = serializers.BooleanField(required=False, help_text="`true`: every mark as well, not decisions alone.")
    verb = serializers.ChoiceField(Event.Verb.choices, required=False)


@act("ban_history", READ, "history", query=EventsQuery, answer=paged(EventRow))
def of_ban(call: Call, pk: int) -> Page[Event]:
    """Who did what about a ban, newest first: decisions alone, or every mark as well."""
    rows = figures_ban(call.user, pk).events.newest_first()
    rows = rows if call.asked.get("everything") else rows.decisions()
    return page(call, rows.filter(verb=call.asked["verb"]) if "verb" in call.asked else rows, ("-id",))


ban_history = door(get=of_ban)
