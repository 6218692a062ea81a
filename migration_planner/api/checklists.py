"""Checklists: one person's part in one ban. Marks are that person's own word; leads and owners read them."""

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from migration_planner.api.doors import MARKS, READ, Call, Serializer, act, door, require
from migration_planner.api.events import EventRow
from migration_planner.api.lookups import visible_checklist
from migration_planner.api.shapes import Number, Paged, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import acknowledging, contradicting, gaps, outline
from migration_planner.planning.models import Checklist, Contradiction, Event, Mark, Migration, Step
from migration_planner.planning.permissions import can_mark
from migration_planner.reminders import glance, snoozing


class ChecklistsQuery(Paged):
    ban = Number(required=False, help_text="Number of a ban.")
    state = serializers.ChoiceField(Checklist.State.choices, required=False)
    whose = serializers.ChoiceField(
        [("mine", "mine"), ("led", "led"), ("seen", "seen")], required=False, default="mine",
        help_text="`mine`; `led`: of people you lead; `seen`: all you may see.",
    )  # fmt: skip


class ReturnedShape(Serializer):
    """Why a step is open again; `for_name` is the lead in whose place a substitute has returned it."""

    why = serializers.CharField()
    by = serializers.CharField()
    for_name = serializers.CharField()
    at = serializers.DateTimeField()


class ReopenedShape(Serializer):
    """A step is open again since the gap that blocked it is fixed; `answer` says what to do."""

    gap = serializers.IntegerField()
    title = serializers.CharField()
    answer = serializers.CharField()
    at = serializers.DateTimeField()


class StepLine(Serializer):
    """One step with its mark and what scans say beside it."""

    id = serializers.IntegerField(source="step.pk")
    title = serializers.CharField(source="step.title")
    guidance = serializers.CharField(source="step.guidance")
    is_required = serializers.BooleanField(source="step.required")
    minutes = serializers.IntegerField(source="step.minutes")
    evidence = serializers.CharField(source="step.evidence")
    state = serializers.ChoiceField(choices=Mark.State.choices)
    standing = serializers.ChoiceField(choices=Mark.Standing.choices, allow_blank=True)
    is_finished = serializers.BooleanField()
    must_be_verified = serializers.BooleanField(source="step.must_be_verified")
    note = serializers.CharField(source="mark.note", default="")
    confirmed_by = serializers.CharField(source="mark.confirmed_by.name", default="")
    confirmed_for = serializers.CharField(source="mark.confirmed_for.name", default="")
    confirmed_at = serializers.DateTimeField(source="mark.confirmed_at", default=None, allow_null=True)
    returned = ReturnedShape(allow_null=True)
    reopened = ReopenedShape(allow_null=True)


class ChecklistRow(Serializer):
    id = serializers.IntegerField(source="pk")
    ban = serializers.IntegerField(source="ban_id")
    tool = serializers.CharField(source="ban.tool.name")
    person = serializers.IntegerField(source="person_id")
    team = serializers.CharField(source="migration.path")
    state = serializers.ChoiceField(Checklist.State.choices)
    finished_steps = serializers.IntegerField()
    verified_steps = serializers.IntegerField()
    is_verified = serializers.BooleanField()
    required_steps = serializers.IntegerField(source="ban.required_steps")
    done_at = serializers.DateTimeField(allow_null=True)
    waived_until = serializers.DateTimeField(allow_null=True)
    deadline_at = serializers.DateTimeField(source="deadline", allow_null=True)


class QuestionShape(Serializer):
    """Something that does not fit together, as a question to the person."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(Contradiction.Kind.choices)
    day = serializers.DateField()
    choices = serializers.ListField(child=serializers.CharField())


class ChecklistDetail(ChecklistRow):
    """A checklist with its steps; `scope_version` is the scope statement in force, `acknowledged` the newest one acknowledged."""

    steps = serializers.SerializerMethodField()
    scope_version = serializers.IntegerField(source="ban.scope.version", default=None, allow_null=True)
    acknowledged = serializers.SerializerMethodField()
    questions = QuestionShape(source="contradictions.open", many=True)

    @extend_schema_field(StepLine(many=True))
    def get_steps(self, found: Checklist) -> Any:
        return StepLine(outline.of_checklist(found).lines, many=True).data

    def get_acknowledged(self, found: Checklist) -> int | None:
        return glance.of_checklist(found).acknowledged


class MarkShape(Serializer):
    """The state a step shall have. `note` is the evidence of a step that is done, else the reason.

    A blocked step may name the gap that blocks it: one that is known by `gap`, or a new one by `gap_title`.
    """

    state = serializers.ChoiceField(
        choices=Mark.State.choices, error_messages={"invalid_choice": _("There is no such state.")}
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=20_000)
    gap = Number(required=False, allow_null=True, default=None)
    gap_title = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)


class Acknowledging(Serializer):
    version = serializers.IntegerField(min_value=1, max_value=32_000, help_text="The version that was read.")


class Snoozing(Serializer):
    days = serializers.IntegerField(min_value=0, max_value=7, help_text="0 lets the reminders come again.")


class Answering(Serializer):
    answer = serializers.ChoiceField(Contradiction.Answer.choices)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)


@act("my_checklists", READ, "checklists", query=ChecklistsQuery, answer=paged(ChecklistRow))
def list_checklists(call: Call) -> Page[Checklist]:
    """Your own checklists of bans in force; asked for, those of people you lead, or all you may see."""
    asked, rows = call.asked, Checklist.objects.live()
    whose = {
        "mine": Q(person=call.user),
        "led": Q(pk__in=Checklist.objects.led_by(call.user).values("pk")),
        "seen": Q(pk__in=Checklist.objects.visible_to(call.user).values("pk")),
    }
    rows = rows.filter(whose[asked["whose"]])
    for name in ("ban", "state"):
        rows = rows.filter(**{name: asked[name]}) if name in asked else rows
    order = ("ban__cutoff_at", "pk") if asked["whose"] == "mine" else ("pk",)  # of many, by the index that there is
    return page(call, rows.select_related("ban__tool", "migration"), order)


@act("checklist", READ, "checklists", answer=ChecklistDetail)
def read(call: Call, pk: int) -> Checklist:
    """A checklist you may see, with its steps."""
    return visible_checklist(call.user, pk)


@act("mark_step", MARKS, "checklists", body=MarkShape, answer=ChecklistDetail,
     example={"state": "done", "note": "https://wiki.example/done"})  # fmt: skip
def mark(call: Call, pk: int, step_id: int) -> Checklist:
    """Put one step of your checklist into a state. Repeating it changes nothing. 409 says in words what the product refuses."""
    found = visible_checklist(call.user, pk)
    step = get_object_or_404(found.ban.steps.per_person(), pk=step_id)
    require(can_mark(call.user, found))
    put(found, step, call)
    return visible_checklist(call.user, pk)


def put(holder: Checklist | Migration, step: Step, call: Call) -> None:
    """Put a step into the state that was asked for; a blocked one may name what blocks it."""
    said = call.said
    if said["state"] == Mark.State.BLOCKED:
        gaps.block(
            holder, step, by=call.user, now=call.now, note=said["note"], gap=said["gap"], title=said["gap_title"]
        )
    else:
        holder.mark(step, Mark.State(said["state"]), by=call.user, now=call.now, note=said["note"])


@act("acknowledge_scope", MARKS, "checklists", body=Acknowledging, answer=ChecklistDetail)
def acknowledge(call: Call, pk: int) -> Checklist:
    """Say that you have read a version of the scope statement. Saying it again changes nothing."""
    found = _own(call, pk)
    acknowledging.acknowledge(found, call.said["version"], by=call.user, now=call.now)
    return found


@act("snooze", MARKS, "checklists", body=Snoozing, answer=ChecklistDetail)
def snooze(call: Call, pk: int) -> Checklist:
    """Snooze your reminders of a ban for so many days, within what its owners allow; 0 takes the snooze back."""
    found, days = _own(call, pk), call.said["days"]
    if days:
        snoozing.snooze(found, days, by=call.user, now=call.now)
    else:
        snoozing.take_back(found, by=call.user, now=call.now)
    return found


@act("answer_question", MARKS, "checklists", body=Answering, answer=ChecklistDetail)
def answer(call: Call, pk: int, question_id: int) -> Checklist:
    """Answer a question about what does not fit together between your checklist and reported use."""
    found = visible_checklist(call.user, pk)
    question = get_object_or_404(found.contradictions, pk=question_id)
    require(can_mark(call.user, found))
    question.checklist = found
    said = call.said
    contradicting.answer(question, Contradiction.Answer(said["answer"]), by=call.user, now=call.now, note=said["note"])
    return visible_checklist(call.user, pk)


@act("checklist_history", READ, "checklists", query=Paged, answer=paged(EventRow))
def history(call: Call, pk: int) -> Page[Event]:
    """What was done to a checklist, newest first."""
    return page(call, visible_checklist(call.user, pk).events.newest_first(), ("-id",))


def _own(call: Call, pk: int) -> Checklist:
    found = visible_checklist(call.user, pk)
    require(can_mark(call.user, found))
    return found


checklists, checklist, checklist_step = door(get=list_checklists), door(get=read), door(put=mark)
acknowledgement, snoozes = door(put=acknowledge), door(put=snooze)
question, checklist_history = door(put=answer), door(get=history)
