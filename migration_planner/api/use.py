"""What signals of use say beside the checklists, and who has acknowledged the scope statement."""

from datetime import date
from typing import Any

from django.http import Http404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import figures_ban, visible_ban
from migration_planner.api.shapes import Number, Paged, PersonInShort, page, paged
from migration_planner.api.teams import Nudged
from migration_planner.lib.paging import Page
from migration_planner.planning import acknowledging, contradicting, relapses
from migration_planner.planning.models import Checklist, Contradiction
from migration_planner.planning.permissions import can_ask, can_run, can_see_contradictions, can_see_figures
from migration_planner.reminders import asking, nudging


class ContradictionsQuery(Paged):
    kind = serializers.ChoiceField(Contradiction.Kind.choices, required=False)


class ContradictionRow(Serializer):
    """A question to a person whose checklist and reported use cannot both be right."""

    id = serializers.IntegerField(source="pk")
    checklist = serializers.IntegerField(source="checklist_id")
    person = PersonInShort(source="checklist.person")
    team = serializers.CharField(source="checklist.migration.path")
    kind = serializers.ChoiceField(Contradiction.Kind.choices)
    day = serializers.DateField(help_text="The last day of the use that contradicts.")
    asked_at = serializers.DateTimeField(allow_null=True)


class Asking(Serializer):
    checklist = Number(required=False, help_text="Of one person; without it, everybody you answer for is asked.")


class RelapseRow(Serializer):
    checklist = serializers.IntegerField(source="pk")
    person = PersonInShort()
    team = serializers.CharField(source="migration.path")
    last_use = serializers.DateField()
    quiet_on = serializers.SerializerMethodField(help_text="When it will have been quiet long enough.")

    def get_quiet_on(self, row: Checklist) -> date:
        return relapses.quiet_on(row, row.ban)


class ReadersQuery(Paged):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=32_000, help_text="Else the one in force."
    )
    state = serializers.ChoiceField([("yes", "yes"), ("no", "no")], required=False)


class ReaderRow(Serializer):
    checklist = serializers.IntegerField(source="pk")
    person = PersonInShort()
    team = serializers.CharField(source="migration.path")
    acknowledged_at = serializers.DateTimeField(allow_null=True)


@act("contradictions", READ, "use", query=ContradictionsQuery, answer=paged(ContradictionRow))
def list_contradictions(call: Call, pk: int) -> Page[Contradiction]:
    """Open contradictions of a ban, the latest use first; leads see those of their own people."""
    ban = visible_ban(call.user, pk)
    require(can_see_contradictions(call.user, ban))
    rows = contradicting.open_ones(ban, led_by=None if can_see_figures(call.user, ban) else call.user)
    rows = rows.filter(kind=call.asked["kind"]) if "kind" in call.asked else rows
    return page(call, rows.select_related("checklist__person", "checklist__migration"), ("-day", "-pk"))


@act("ask_about_contradictions", MANAGE, "use", body=Asking, answer=Nudged)
def ask(call: Call, pk: int) -> nudging.Nudged:
    """Have one person asked, or everybody you answer for, in their mail of the day."""
    ban = visible_ban(call.user, pk)
    require(can_ask(call.user, ban))
    rows = Checklist.objects.filter(ban=ban).visible_to(call.user)
    rows = rows if can_run(call.user, ban) else rows.led_by(call.user)
    rows = rows.filter(pk=call.said["checklist"]) if "checklist" in call.said else rows
    return asking.ask(rows, by=call.user, now=call.now)


@act("relapses", READ, "use", query=Paged, answer=paged(RelapseRow))
def list_relapses(call: Call, pk: int) -> Page[Checklist]:
    """Who used the old tool after the cutoff, or after being done, and when it will have been quiet long enough."""
    rows = relapses.standing(figures_ban(call.user, pk), now=call.now)
    return page(call, rows.select_related("person", "migration", "ban"), relapses.LATEST)


@act("acknowledgements", READ, "use", query=ReadersQuery, answer=paged(ReaderRow))
def list_readers(call: Call, pk: int) -> Page[Checklist]:
    """The people of a ban by whether they have acknowledged a version of its scope statement."""
    ban, asked = figures_ban(call.user, pk), call.asked
    statements: Any = ban.scope_statements.order_by("-version")
    statement = (statements.filter(version=asked["version"]) if "version" in asked else statements).first()
    if statement is None:
        raise Http404
    return page(call, acknowledging.people(ban, statement, asked.get("state", "")), ("pk",))


contradictions, asking_ = door(get=list_contradictions), door(post=ask)
relapsed, readers = door(get=list_relapses), door(get=list_readers)
