"""The steps a ban asks for: freely edited in a draft, with a reason (`why`) once it is in force."""

from dataclasses import replace

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door
from migration_planner.api.lookups import own_ban
from migration_planner.api.shapes import Number, OptionalWhy, Paged, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import arranging
from migration_planner.planning.arranging import StepContent
from migration_planner.planning.models import Ban, Step


class StepRow(Serializer):
    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()
    guidance = serializers.CharField(help_text="Markdown.")
    per = serializers.ChoiceField(Step.Per.choices)
    required = serializers.BooleanField()  # type: ignore[assignment] # the field of a step
    minutes = serializers.IntegerField()
    evidence = serializers.CharField(help_text="What people write down as proof; empty when a tick is enough.")
    workflow = serializers.IntegerField(source="workflow_id", allow_null=True)
    scan = serializers.ChoiceField(Step.Scan.choices, help_text="What scans can say about it.")
    must_be_verified = serializers.BooleanField()
    position = serializers.IntegerField()
    seen = serializers.SerializerMethodField(help_text="The mark of what stands here; send it along with a change.")

    def get_seen(self, step: Step) -> str:
        return StepContent.of(step).fingerprint


class StepChange(OptionalWhy):
    """What is to be otherwise; what is left out stays."""

    title = serializers.CharField(max_length=200, required=False)
    guidance = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    per = serializers.ChoiceField(Step.Per.choices, required=False)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment] # the field of a step
    minutes = serializers.IntegerField(min_value=1, max_value=2400, required=False)
    evidence = serializers.CharField(max_length=300, required=False, allow_blank=True)
    workflow = Number(required=False, allow_null=True, help_text="Number of one of the ban's workflows.")
    must_be_verified = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False, min_value=0, max_value=10_000, help_text="Counted from 0.")
    seen = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")


class NewBanStep(OptionalWhy):
    title = serializers.CharField(max_length=200)
    guidance = serializers.CharField(max_length=20_000, required=False, allow_blank=True, default="")
    per = serializers.ChoiceField(Step.Per.choices, required=False, default=Step.Per.PERSON)
    required = serializers.BooleanField(required=False, default=True)  # type: ignore[assignment] # as above
    minutes = serializers.IntegerField(min_value=1, max_value=2400, required=False, default=5)
    evidence = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    workflow = Number(required=False, allow_null=True, default=None)


@act("ban_steps", READ, "drafting", query=Paged, answer=paged(StepRow))
def list_steps(call: Call, pk: int) -> Page[Step]:
    """What a ban asks for, in its order: of each person, and once of each team."""
    return page(call, own_ban(call.user, pk).steps.live(), ("position", "pk"))


@act("add_ban_step", MANAGE, "drafting", body=NewBanStep, answer=StepRow, status=201,
     example={"title": "Export your settings", "minutes": 10})  # fmt: skip
def add(call: Call, pk: int) -> Step:
    """Put a new step at the end of the list. In force, everybody is counted again and told once."""
    ban, said = own_ban(call.user, pk), dict(call.said)
    why = said.pop("why")
    arranging.add_step(ban, StepContent(**said), by=call.user, now=call.now, why=why)
    return ban.steps.live().order_by("-pk")[0]


@act("ban_step", READ, "drafting", answer=StepRow)
def read(call: Call, pk: int, step_id: int) -> Step:
    """One step of a ban."""
    return _step(own_ban(call.user, pk), step_id)


@act("edit_ban_step", MANAGE, "drafting", body=StepChange, answer=StepRow, example={"minutes": 15})
def edit(call: Call, pk: int, step_id: int) -> Step:
    """Change what one step asks for, or its place in the list."""
    said = dict(call.said)
    step, why, seen = _step(own_ban(call.user, pk), step_id), said.pop("why"), said.pop("seen")
    position = said.pop("position", None)
    content = replace(StepContent.of(step), **said)
    arranging.edit_step(step, content, by=call.user, now=call.now, why=why, seen=seen, position=position)
    step.refresh_from_db()
    return step


@act("remove_ban_step", MANAGE, "drafting", body=OptionalWhy)
def remove(call: Call, pk: int, step_id: int) -> None:
    """Ask for a step no more. Marks on it stay what they are, and count no more. Removing it twice is harmless."""
    step = get_object_or_404(own_ban(call.user, pk).steps.all(), pk=step_id)
    arranging.remove_step(step, by=call.user, now=call.now, why=call.said["why"])


def _step(ban: Ban, step_id: int) -> Step:
    step: Step = get_object_or_404(ban.steps.live(), pk=step_id)
    step.ban = ban
    return step


steps, step, removal = door(get=list_steps, post=add), door(get=read, patch=edit), door(post=remove)
