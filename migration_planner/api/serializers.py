"""The shape of what goes in and out. Every field is named; nothing of a model is shown or written by accident."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from migration_planner.planning.models import Ban, Mark


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
    """Everybody counted is in one state: people = done + started + blocked + waived + not_started."""

    people = serializers.IntegerField()
    teams = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()
    not_started = serializers.IntegerField()


class StepSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField(source="step.pk")
    title = serializers.CharField(source="step.title")
    guidance = serializers.CharField(source="step.guidance")
    is_required = serializers.BooleanField(source="step.required")
    minutes = serializers.IntegerField(source="step.minutes")
    evidence = serializers.CharField(source="step.evidence")
    state = serializers.ChoiceField(choices=Mark.State.choices)
    note = serializers.CharField(source="mark.note", default="")


class ChecklistSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    ban = serializers.IntegerField(source="ban_id")
    team = serializers.CharField(source="migration.path")
    state = serializers.CharField()
    finished_steps = serializers.IntegerField()
    required_steps = serializers.IntegerField(source="ban.required_steps")
    done_at = serializers.DateTimeField(allow_null=True)
    waived_until = serializers.DateTimeField(allow_null=True)
    deadline_at = serializers.DateTimeField(source="deadline", allow_null=True)


class ChecklistWithStepsSerializer(ChecklistSerializer):
    steps = StepSerializer(many=True)


class MarkSerializer(serializers.Serializer[object]):
    """The state a step shall have. `note` is the evidence of a step that is done, else the reason."""

    state = serializers.ChoiceField(
        choices=Mark.State.choices, error_messages={"invalid_choice": _("There is no such state.")}
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=True)
