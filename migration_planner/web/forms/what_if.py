"""What is asked in a what-if, and what decides about a proposal. The rules stand in planning/proposing.py."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.planning import proposing
from migration_planner.planning.models import Ban, Wave
from migration_planner.planning.proposing import Wish
from migration_planner.web.forms.bans import ConfirmedForm, WhyForm


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class WhatIfForm(forms.Form):
    """Every part may be left empty: then it stays as it is."""

    day = _day(_("Another cutoff"))
    at = forms.TimeField(
        label=_("Its time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "w-short"}, format="%H:%M"),
    )
    wave: "forms.ModelChoiceField[Wave]" = forms.ModelChoiceField(
        label=_("A wave"), queryset=Wave.objects.none(), required=False, empty_label=_("none")
    )
    wave_day = _day(_("Another date of that wave"))
    waivers = forms.BooleanField(label=_("Grant every waiver that waits for the owners"), required=False)

    def __init__(self, ban: Ban, data: Any = None) -> None:
        self.ban = ban
        super().__init__(data)
        self.fields["wave"].queryset = ban.waves.all()  # type: ignore[attr-defined]
        self.fields["day"].initial, self.fields["at"].initial = ban.cutoff_date, ban.cutoff_time
        if ban.is_draft or not ban.waves.exists():
            del self.fields["wave"], self.fields["wave_day"]
        if ban.is_draft or not proposing.pending(ban).exists():
            del self.fields["waivers"]

    @property
    def wish(self) -> Wish:
        """What is really otherwise than it stands."""
        said = self.cleaned_data
        dates = {name: said.get(name) for name in ("day", "at", "wave", "wave_day")}
        return proposing.wished(self.ban, **dates, waivers=bool(said.get("waivers")))


class ProposeForm(WhatIfForm):
    why = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text=_("The people affected read it, and it stands in the history."),
    )


class ApplyForm(ConfirmedForm):
    """One click, and a tick that it is meant."""


class DeclineForm(WhyForm):
    """Why it is declined. The owners read it."""
