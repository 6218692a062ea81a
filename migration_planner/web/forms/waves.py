"""The shape of what is typed about waves. The rules stand in planning/waves.py."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models import Ban, Wave
from migration_planner.planning.waves import WORDS_LENGTH, Plan


class WaveForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Pilot, Wave 1, …"))
    day = forms.DateField(
        label=_("Date"), widget=forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    )
    at = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(attrs={"type": "time", "class": "w-short"}, format="%H:%M"),
        help_text=_("By the clocks of the zone of the cutoff; before the cutoff."),
    )
    criteria = forms.CharField(
        label=_("Entry criteria"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
        help_text=_("What has to be so before this wave begins."),
    )
    why = forms.CharField(
        label=_("Reason"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text=_("The people affected read it, and it stands in the history."),
    )

    @classmethod
    def of(cls, ban: Ban, wave: Wave | None, data: Any = None) -> "WaveForm":
        """The form of a wave, or of a new one; a draft needs no reason."""
        initial: dict[str, Any] = {"at": ban.cutoff_time}
        if wave:
            initial = {"name": wave.name, "day": wave.cutoff_date, "at": wave.cutoff_time, "criteria": wave.criteria}
        form = cls(data, initial=initial)
        if ban.is_draft:
            del form.fields["why"]
        return form

    @property
    def plan(self) -> Plan:
        values = self.cleaned_data
        return Plan(values["name"], values["day"], values["at"], values["criteria"])

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("why", ""))


class GoForm(forms.Form):
    go = forms.TypedChoiceField(
        label=_("Go or no go"),
        choices=[("go", _("Go")), ("no", _("No go"))],
        coerce=lambda value: value == "go",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("In your words"), max_length=WORDS_LENGTH, widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"})
    )
