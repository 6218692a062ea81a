"""Waivers: asked for from a checklist, decided one by one or many with one reason, answered, taken back, revoked."""

from typing import Any

from rest_framework import serializers

from migration_planner.api.doors import MANAGE, MARKS, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import figures_ban, visible_checklist, visible_waiver
from migration_planner.api.shapes import Nothing, Number, Paged, PersonInShort, Words, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import debt, deciding, waiving
from migration_planner.planning.models import Waiver, WaiverDecision
from migration_planner.planning.permissions import can_ask_for_waiver, can_decide_waiver, can_revoke_waiver

VERDICTS = [(verdict.value, verdict.label) for verdict in deciding.VERDICTS]


class WaiversQuery(Paged):
    ban = Number(required=False, help_text="Number of a ban.")
    state = serializers.ChoiceField(Waiver.State.choices, required=False)
    to_decide = serializers.BooleanField(required=False, help_text="`true`: only those that wait for your word.")


class WaiverRow(Serializer):
    id = serializers.IntegerField(source="pk")
    ban = serializers.IntegerField(source="ban_id")
    checklist = serializers.IntegerField(source="checklist_id")
    person = PersonInShort()
    team = serializers.CharField(source="checklist.migration.path")
    requested_by = PersonInShort()
    requested_for = PersonInShort(allow_null=True, help_text="The lead in whose place a substitute has asked.")
    requested_at = serializers.DateTimeField()
    reason = serializers.ChoiceField(Waiver.Reason.choices)
    words = serializers.CharField()
    control = serializers.CharField(help_text="What keeps the risk small meanwhile.")
    for_all = serializers.BooleanField()
    state = serializers.ChoiceField(Waiver.State.choices)
    level = serializers.ChoiceField(Waiver.Level.choices, help_text="Who decides next.")
    asked_until = serializers.DateField()
    until = serializers.DateField()
    until_at = serializers.DateTimeField()
    extension = serializers.IntegerField(help_text="How many were granted before it.")
    granted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class WaiverWord(Serializer):
    verdict = serializers.ChoiceField(WaiverDecision.Verdict.choices)
    level = serializers.ChoiceField(Waiver.Level.choices)
    by = serializers.CharField(source="by.name", default=None, allow_null=True)
    acted_for = serializers.CharField(
        source="acted_for.name", default="", help_text="The lead in whose place a substitute has said it."
    )
    at = serializers.DateTimeField()
    words = serializers.CharField()
    until = serializers.DateField(allow_null=True)


class WaiverDetail(WaiverRow):
    """A waiver with all that was said about it, and the steps it is for (none: for everything)."""

    steps = serializers.SerializerMethodField()
    decisions = WaiverWord(many=True)

    def get_steps(self, waiver: Waiver) -> list[int]:
        return sorted(waiver.steps.values_list("pk", flat=True))


class WaiverWish(Serializer):
    """What is asked for, until the last day that is meant. Without `steps` it is for everything still to do."""

    reason = serializers.ChoiceField(Waiver.Reason.choices)
    words = serializers.CharField(max_length=2_000)
    control = serializers.CharField(max_length=2_000)
    until = serializers.DateField()
    steps = serializers.ListField(child=Number(), required=False, default=list, max_length=500)


class WaiverVerdict(Serializer):
    """A question and a refusal need words. An approval may be for shorter (`until`), never for longer."""

    verdict = serializers.ChoiceField(VERDICTS)
    words = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")
    until = serializers.DateField(required=False, allow_null=True, default=None)


class ManyVerdicts(Serializer):
    """One verdict and one reason for several waivers."""

    waivers = serializers.ListField(child=Number(), min_length=1, max_length=deciding.MOST_AT_ONCE)
    verdict = serializers.ChoiceField(VERDICTS)
    words = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")


class WaiverOutcome(Serializer):
    waiver = serializers.IntegerField(source="waiver.pk")
    error = serializers.CharField(help_text="Why it was not decided; empty when it was.")


class WaiverOutcomes(Serializer):
    results = WaiverOutcome(many=True)


class DebtRow(Serializer):
    name = serializers.CharField(help_text="A reason, or the path of a team.")
    in_force = serializers.IntegerField()
    past = serializers.IntegerField(help_text="Person-days so far.")
    ahead = serializers.IntegerField(help_text="Person-days still to come.")


class WaiverDebt(Serializer):
    """What the waivers of a ban cost, in person-days."""

    in_force = serializers.IntegerField()
    pending = serializers.IntegerField()
    past = serializers.IntegerField()
    ahead = serializers.IntegerField()
    by_reason = DebtRow(many=True)
    by_team = DebtRow(many=True)


@act("waivers", READ, "waivers", query=WaiversQuery, answer=paged(WaiverRow))
def list_waivers(call: Call) -> Page[Waiver]:
    """Waivers you may see, newest first; or those that wait for your word."""
    asked = call.asked
    rows = Waiver.objects.to_decide_by(call.user) if asked.get("to_decide") else Waiver.objects.visible_to(call.user)
    for name in ("ban", "state"):
        rows = rows.filter(**{name: asked[name]}) if name in asked else rows
    return page(call, rows.shown())


@act("ask_for_waiver", MARKS, "waivers", body=WaiverWish, answer=WaiverDetail, status=201,
     example={"reason": "no_equivalent", "words": "No macros yet.", "control": "One machine, no network.",
              "until": "2027-01-31"})  # fmt: skip
def ask(call: Call, pk: int) -> Waiver:
    """Ask for a waiver, or the extension of the one in force: for yourself, or on behalf of somebody you lead."""
    checklist = visible_checklist(call.user, pk)
    require(can_ask_for_waiver(call.user, checklist))
    wish = waiving.Wish(**{**call.said, "steps": tuple(call.said["steps"])})
    return waiving.request(checklist, wish, by=call.user, now=call.now)


@act("waiver", READ, "waivers", answer=WaiverDetail)
def read(call: Call, pk: int) -> Waiver:
    """One waiver with all that was said about it."""
    return visible_waiver(call.user, pk)


@act("decide_waiver", MANAGE, "waivers", body=WaiverVerdict, answer=WaiverDetail, example={"verdict": "approved"})
def decide(call: Call, pk: int) -> Waiver:
    """Approve, ask, or refuse, at the level at which it waits for you. Nobody decides about their own."""
    waiver, said = visible_waiver(call.user, pk), call.said
    require(can_decide_waiver(call.user, waiver))
    return deciding.decide(
        waiver, said["verdict"], by=call.user, now=call.now, words=said["words"], until=said["until"]
    )


@act("decide_waivers", MANAGE, "waivers", body=ManyVerdicts, answer=WaiverOutcomes)
def decide_many(call: Call) -> dict[str, Any]:
    """The same for several with one reason. Each stands alone: what cannot be decided says why."""
    said = call.said
    chosen = Waiver.objects.visible_to(call.user).filter(pk__in=said["waivers"]).shown().order_by("pk")
    outcomes = deciding.decide_many(chosen, said["verdict"], by=call.user, now=call.now, words=said["words"])
    return {"results": outcomes}


@act("answer_waiver", MARKS, "waivers", body=Words, answer=WaiverDetail)
def answer(call: Call, pk: int) -> Waiver:
    """Answer the question with which a waiver was sent back: the person, or whoever asked for them."""
    waiver = visible_waiver(call.user, pk)
    require(_is_theirs(call, waiver))
    return deciding.answer(waiver, by=call.user, now=call.now, words=call.said["words"])


@act("take_waiver_back", MARKS, "waivers", body=Nothing, answer=WaiverDetail)
def take_back(call: Call, pk: int) -> Waiver:
    """Take a request back that is not decided yet."""
    waiver = visible_waiver(call.user, pk)
    require(_is_theirs(call, waiver))
    return waiving.take_back(waiver, by=call.user, now=call.now)


@act("revoke_waiver", MANAGE, "waivers", body=Words, answer=WaiverDetail)
def revoke(call: Call, pk: int) -> Waiver:
    """End a waiver in force; the person returns at once to where their marks are."""
    waiver = visible_waiver(call.user, pk)
    require(can_revoke_waiver(call.user, waiver.ban))
    return deciding.revoke(waiver, by=call.user, now=call.now, words=call.said["words"])


@act("waiver_debt", READ, "waivers", answer=WaiverDebt)
def read_debt(call: Call, pk: int) -> debt.Debt:
    """What the waivers of a ban cost: person-days by reason and by team."""
    return debt.of_ban(figures_ban(call.user, pk), now=call.now)


def _is_theirs(call: Call, waiver: Waiver) -> bool:
    return call.user.pk in (waiver.person_id, waiver.requested_by_id)


waivers, checklist_waivers, waiver = door(get=list_waivers), door(post=ask), door(get=read)
decision, decisions, waiver_answer = door(post=decide), door(post=decide_many), door(post=answer)
removal, revocation, ban_debt = door(post=take_back), door(post=revoke), door(get=read_debt)
