"""What is typed to name a substitute. What is allowed stands in planning/substituting.py."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import Team, User
from migration_planner.planning.substituting import Period


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    )


class SubstituteForm(forms.Form):
    lead = forms.ModelChoiceField(label=_("For whom"), queryset=User.objects.none(), empty_label=None)
    substitute = forms.EmailField(
        label=_("Who stands in: their address"),
        widget=forms.EmailInput(attrs={"list": "members", "autocomplete": "off"}),
    )
    first = _day(_("First day"))
    last = _day(_("Last day, all of it"))

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lead"]
        field.queryset = team.leads()  # type: ignore[attr-defined] # of a choice among rows

    def clean_substitute(self) -> User:
        address = str(self.cleaned_data["substitute"]).strip().lower()
        found = User.objects.active().filter(email=address).first()
        if found is None:
            raise forms.ValidationError(_t("Nobody has the address %(address)s.") % {"address": address})
        return found

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])
