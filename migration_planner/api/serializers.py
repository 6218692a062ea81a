"""The shape of what goes in and out. Every field is named; nothing of a model is shown or written by accident."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from migration_planner.planning.models import Ban, Gap, Mark


class BanSerializer(serializers.Serializer[Ban]):
    id = serializers.IntegerField()
    tool = serializers.CharField(source="tool.name")
    replacement = serializers.CharField(source="replacement.name")
    state = serializers.ChoiceField(choices=Ban.State.choices)
    risk_class = serializers.ChoiceField(choices=Ban.RiskClass.choices)
    reason = serializers.CharField()
    reason_source = serializers.CharField()
    cutoff_at = serializers.DateTimeField(allow_null=True)
    cutoff_zone = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class BanPageSerializer(serializers.Serializer[object]):
    """A page of bans. `next` is the cursor of the page after it; without one it is the last."""

    results = BanSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ProgressSerializer(serializers.Serializer[object]):
    """Everybody counted is in one state: people = done + started + blocked + waived + not_started, and done = done_verified +
    done_claimed. Of the team steps asked, some are verified by scans and some claimed."""

    people = serializers.IntegerField()
    teams = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()
    not_started = serializers.IntegerField()
    done_verified = serializers.IntegerField()
    done_claimed = serializers.IntegerField()
    team_steps_asked = serializers.IntegerField()
    team_steps_verified = serializers.IntegerField()
    team_steps_claimed = serializers.IntegerField()


class StepSerializer(serializers.Serializer[object]):
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


class ChecklistSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    ban = serializers.IntegerField(source="ban_id")
    team = serializers.CharField(source="migration.path")
    state = serializers.CharField()
    finished_steps = serializers.IntegerField()
    verified_steps = serializers.IntegerField()
    is_verified = serializers.BooleanField()
    required_steps = serializers.IntegerField(source="ban.required_steps")
    done_at = serializers.DateTimeField(allow_null=True)
    waived_until = serializers.DateTimeField(allow_null=True)
    deadline_at = serializers.DateTimeField(source="deadline", allow_null=True)


class ChecklistWithStepsSerializer(ChecklistSerializer):
    steps = StepSerializer(many=True)


class MarkSerializer(serializers.Serializer[object]):
    """The state a step shall have. `note` is the evidence of a step that is done, else the reason.

    A blocked step may name the gap that blocks it: one that is known by `gap`, or a new one by `gap_title`.
    """

    state = serializers.ChoiceField(
        choices=Mark.State.choices, error_messages={"invalid_choice": _("There is no such state.")}
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=True)
    gap = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**62)
    gap_title = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=True)


class GapSerializer(serializers.Serializer[Gap]):
    """Something the replacement cannot do yet. `people` and `teams` are those it blocks now."""

    id = serializers.IntegerField()
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


class GapPageSerializer(serializers.Serializer[object]):
    """A page of gaps. `next` is the cursor of the page after it; without one it is the last."""

    results = GapSerializer(many=True)
    next = serializers.CharField(allow_null=True)
