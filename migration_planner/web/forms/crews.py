"""What is typed for many people at once. What is allowed stands in planning/leave.py and planning/waiving.py."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.leave import Leave
from migration_planner.planning.models import Waiver
from migration_planner.planning.models.waivers import WORDS_LENGTH
from migration_planner.planning.waiving import Wish


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    )


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=WORDS_LENGTH, widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"})
    )


class NudgeForm(forms.Form):
    """Nothing is typed for a nudge."""


class LeaveForm(forms.Form):
    first = _day(_("First day"))
    last = _day(_("Last day"))

    @property
    def leave(self) -> Leave:
        return Leave(self.cleaned_data["first"], self.cleaned_data["last"])


class WaiversForm(forms.Form):
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
