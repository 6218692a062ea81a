"""Gaps: what replacements cannot do yet, for those they block and for the makers of the replacement."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, MARKS, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import own_ban, visible_gap
from migration_planner.api.shapes import Number, Paged, PersonInShort, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import gaps as planning
from migration_planner.planning import naming
from migration_planner.planning.gaps import Decision
from migration_planner.planning.models import Gap, Mark
from migration_planner.planning.permissions import can_answer_gap, can_run, can_vote


class GapsQuery(Paged):
    ban = Number(required=False, help_text="Number of a ban: only its gaps.")
    state = serializers.ChoiceField(Gap.State.choices, required=False)
    workflow = serializers.CharField(required=False, max_length=80, help_text="Key of a workflow: only those about it.")


class GapRow(Serializer):
    """Something the replacement cannot do yet. `people` and `teams` are those it blocks now."""

    id = serializers.IntegerField(source="pk")
    ban = serializers.IntegerField(source="ban_id")
    tool = serializers.CharField(source="ban.tool.name")
    replacement = serializers.CharField(source="ban.replacement.name")
    workflow = serializers.CharField(source="workflow.key", default=None, allow_null=True)
    title = serializers.CharField()
    words = serializers.CharField()
    state = serializers.ChoiceField(choices=Gap.State.choices)
    answer = serializers.CharField()
    people = serializers.IntegerField()
    teams = serializers.IntegerField()
    votes = serializers.IntegerField(source="votes_cast")
    opened_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class GapDetail(GapRow):
    """One gap: who looks after it, into which it was merged, and the mark of what stands here (`seen`)."""

    owner = PersonInShort(allow_null=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    has_voted = serializers.SerializerMethodField()
    seen = serializers.SerializerMethodField()

    def get_has_voted(self, gap: Gap) -> bool:
        return gap.votes.filter(person=self.context["call"].user).exists()

    def get_seen(self, gap: Gap) -> str:
        return Decision.of(gap).fingerprint


class Vote(Serializer):
    concerns_me = serializers.BooleanField()


class GapDecision(Serializer):
    """What is to be otherwise; what is left out stays. `fixed` opens every step it blocked, and tells those people once."""

    state = serializers.ChoiceField(Gap.State.choices, required=False)
    answer = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    title = serializers.CharField(required=False, max_length=200)
    words = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    owner = serializers.EmailField(required=False, allow_blank=True, help_text="Address of who looks after it.")
    seen = serializers.CharField(required=False, allow_blank=True, default="", max_length=64)


class Merging(Serializer):
    into = Number(help_text="Number of the gap that is the same.")


class UntiedMark(Serializer):
    """A blocked step whose reason is in words alone."""

    mark = serializers.IntegerField(source="pk")
    step = serializers.CharField(source="step.title")
    note = serializers.CharField()
    at = serializers.DateTimeField()


class Tying(Serializer):
    marks = serializers.ListField(child=Number(), min_length=1, max_length=500)
    gap = Number()


class Tied(Serializer):
    tied = serializers.IntegerField()


@act("gaps", READ, "gaps", query=GapsQuery, answer=paged(GapRow))
def list_gaps(call: Call) -> Page[Gap]:
    """Gaps you may see, those that block most people first, a page at a time."""
    rows, asked = Gap.objects.visible_to(call.user).standing().with_counts(), call.asked
    for name, field in (("ban", "ban"), ("state", "state"), ("workflow", "workflow__key")):
        rows = rows.filter(**{field: asked[name]}) if name in asked else rows
    rows = rows.select_related("ban__tool", "ban__replacement", "workflow")
    return page(call, rows, ("-people", "-votes_cast", "-pk"))


@act("gap", READ, "gaps", answer=GapDetail)
def read(call: Call, pk: int) -> Gap:
    """One gap, with its answer."""
    return visible_gap(call.user, pk)


@act("vote_for_gap", MARKS, "gaps", body=Vote, answer=GapDetail)
def vote(call: Call, pk: int) -> Gap:
    """Say that a gap concerns you too, or take that back. Saying it again changes nothing."""
    gap = visible_gap(call.user, pk)
    require(can_vote(call.user, gap.ban))
    gap.set_vote(call.said["concerns_me"], by=call.user, now=call.now)
    return visible_gap(call.user, pk)


@act("decide_gap", MANAGE, "gaps", body=GapDecision, answer=GapDetail,
     example={"state": "workaround", "answer": "Use the export of the web page."})  # fmt: skip
def decide(call: Call, pk: int) -> Gap:
    """Say what becomes of a gap: who looks after it, and the owners of the ban."""
    gap, said = visible_gap(call.user, pk), dict(call.said)
    require(can_answer_gap(call.user, gap))
    seen = said.pop("seen")
    if "owner" in said:
        said["owner"] = naming.people_at([said["owner"]])[0] if said["owner"] else None
    wanted = Decision(**{**vars(Decision.of(gap)), **said})
    planning.decide(gap, wanted, by=call.user, now=call.now, seen=seen)
    return visible_gap(call.user, pk)


@act("merge_gap", MANAGE, "gaps", body=Merging, answer=GapDetail)
def merge(call: Call, pk: int) -> Gap:
    """Make one gap of two that are the same: what this one blocked, and its votes, go over to the other."""
    gap = visible_gap(call.user, pk)
    require(can_run(call.user, gap.ban))
    into = get_object_or_404(gap.ban.gaps, pk=call.said["into"])
    planning.merge(gap, into, by=call.user, now=call.now)
    return visible_gap(call.user, into.pk)


@act("reasons_without_gap", READ, "gaps", query=Paged, answer=paged(UntiedMark))
def reasons(call: Call, pk: int) -> Page[Mark]:
    """Blocked steps of a ban whose reason is in words alone, newest first."""
    return page(call, planning.untied(own_ban(call.user, pk)).select_related("step"))


@act("tie_reasons", MANAGE, "gaps", body=Tying, answer=Tied)
def tie(call: Call, pk: int) -> dict[str, Any]:
    """Say that these blocked steps are blocked by one gap of the ban."""
    ban = own_ban(call.user, pk)
    gap = get_object_or_404(ban.gaps, pk=call.said["gap"])
    return {"tied": planning.tie(call.said["marks"], gap, by=call.user, now=call.now)}


gaps, gap, gap_vote = door(get=list_gaps), door(get=read), door(put=vote)
decision, merging, gap_reasons = door(patch=decide), door(post=merge), door(get=reasons, post=tie)
