"""The catalogue of tools: may I use it?"""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.shapes import Paged, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import catalogue
from migration_planner.planning.catalogue import Answer
from migration_planner.planning.models import Tool
from migration_planner.planning.models.tools import LONGEST_NAME
from migration_planner.planning.permissions import can_edit_tools


class ToolsQuery(Paged):
    q = serializers.CharField(required=False, max_length=100, help_text="Words that the name holds.")


class ToolRow(Serializer):
    """What holds for one tool, for you: a ban that concerns you is the newer word."""

    id = serializers.IntegerField(source="tool.pk")
    name = serializers.CharField(source="tool.name")
    status = serializers.ChoiceField(Tool.Status.choices)
    note = serializers.CharField(source="tool.note")
    alternatives = serializers.SerializerMethodField(help_text="Names of tools to use instead.")
    ban = serializers.IntegerField(source="ban.pk", default=None, allow_null=True)
    checklist = serializers.IntegerField(source="checklist.pk", default=None, allow_null=True)

    def get_alternatives(self, answer: Answer) -> list[str]:
        return [tool.name for tool in answer.alternatives]


class ToolDecision(Serializer):
    """A decision about a tool. A restricted one needs a note: under which conditions it may be used."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    status = serializers.ChoiceField(Tool.Status.choices)
    note = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")
    alternatives = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_NAME), required=False, default=list, max_length=50
    )
    why = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")


@act("tools", READ, "tools", query=ToolsQuery, answer=paged(ToolRow))
def list_tools(call: Call) -> Page[Any]:
    """Search the catalogue: of each tool, whether you may use it, and what instead."""
    found = catalogue.known_to(call.user).prefetch_related("alternatives")
    shown = page(call, found.named_like(call.asked.get("q", "")), ("name", "pk"))
    return Page(catalogue.answers(shown.rows, call.user, now=call.now), shown.before, shown.after)


@act("tool", READ, "tools", answer=ToolRow)
def read(call: Call, pk: int) -> Answer:
    """One tool: may you use it?"""
    return _answer(get_object_or_404(catalogue.known_to(call.user), pk=pk), call)


@act("add_tool", MANAGE, "tools", body=ToolDecision, answer=ToolRow, status=201,
     example={"name": "Fast Editor", "status": "approved"})  # fmt: skip
def add(call: Call) -> Answer:
    """Put a tool into the catalogue."""
    require(can_edit_tools(call.user))
    return _answer(catalogue.decide(None, by=call.user, now=call.now, **call.said), call)


@act("change_tool", MANAGE, "tools", body=ToolDecision, answer=ToolRow)
def change(call: Call, pk: int) -> Answer:
    """Change what the catalogue says of a tool. Saying the same again records nothing."""
    tool = get_object_or_404(catalogue.known_to(call.user), pk=pk)
    require(can_edit_tools(call.user))
    return _answer(catalogue.decide(tool, by=call.user, now=call.now, **call.said), call)


def _answer(tool: Tool, call: Call) -> Answer:
    return catalogue.answers([tool], call.user, now=call.now)[0]


tools, tool = door(get=list_tools, post=add), door(get=read, put=change)
