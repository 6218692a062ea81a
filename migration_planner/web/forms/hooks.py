"""The shape of a webhook. The rules stand in reminders/hooks.py."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import outbound
from migration_planner.reminders.hooks import Chosen
from migration_planner.reminders.hooks_kinds import KINDS


class HookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("What it is for, so that others know it."))
    address = forms.CharField(
        label=_("Address"),
        max_length=outbound.LONGEST,
        help_text=_("It begins with https://. It is kept sealed and never shown again."),
        widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off", "spellcheck": "false"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(kind, title) for kind, (title, _verbs) in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    with_people = forms.BooleanField(
        label=_("Name people"),
        required=False,
        help_text=_(
            "Then it carries who did it and whom it is about (number and address), and reasons in their words. Leave it out "
            "unless the other program needs it."
        ),
    )

    @property
    def chosen(self) -> Chosen:
        said: dict[str, Any] = self.cleaned_data
        return Chosen(said["name"], said["address"], said["kinds"], said["with_people"])
