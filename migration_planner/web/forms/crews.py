"""What is typed for many people at once. What is allowed stands in the modules of planning."""

from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.leave import Leave
from migration_planner.planning.models import Ban, Step, Waiver
from migration_planner.planning.models.comments import TEXT_LENGTH
from migration_planner.planning.models.waivers import WORDS_LENGTH
from migration_planner.planning.reviewing import REASON_LENGTH
from migration_planner.planning.waiving import Wish


class StepField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic for the type checker alone
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    )


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=WORDS_LENGTH, widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"})
    )


class ActForm(forms.Form):
    """What an act asks for; `ban` is whose steps there are to choose from."""

    def __init__(self, *args: Any, ban: Ban, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ban = ban


class NudgeForm(ActForm):
    """Nothing is typed for a nudge."""


class ConfirmForm(ActForm):
    """One step, at which all of them are looked at."""

    step = StepField(label=_("Step"), queryset=Step.objects.none(), empty_label=None)

    def __init__(self, *args: Any, ban: Ban, **kwargs: Any) -> None:
        super().__init__(*args, ban=ban, **kwargs)
        cast(StepField, self.fields["step"]).queryset = ban.steps.live().per_person()


class ReturnForm(ConfirmForm):
    why = forms.CharField(
        label=_("Why? They read it on their checklist and in a mail"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
    )


class CommentForm(ActForm):
    """One text for all of them, about one step or the whole checklist."""

    text = forms.CharField(
        label=_("Your comment"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"})
    )
    step = StepField(
        label=_("About"), queryset=Step.objects.none(), required=False, empty_label=_("the whole checklist")
    )

    def __init__(self, *args: Any, ban: Ban, **kwargs: Any) -> None:
        super().__init__(*args, ban=ban, **kwargs)
        cast(StepField, self.fields["step"]).queryset = ban.steps.live().per_person()


class LeaveForm(ActForm):
    first = _day(_("First day"))
    last = _day(_("Last day"))

    @property
    def leave(self) -> Leave:
        return Leave(self.cleaned_data["first"], self.cleaned_data["last"])


class WaiversForm(ActForm):
    reason = forms.ChoiceField(
        label=_("Reason"), choices=lambda: [(value, capfirst(str(label))) for value, label in Waiver.Reason.choices]
    )
    words = _words(_("In your words"))
    control = _words(_("What keeps the risk small meanwhile"))
    until = _day(_("Until"))

    @property
    def wish(self) -> Wish:
        values = self.cleaned_data
        return Wish(values["reason"], values["words"], values["control"], values["until"])
