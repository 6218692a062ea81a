from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.reminders.releasing import Decision


class PauseForm(forms.Form):
    """Why mail stands still. Owners and administrators read it on every page until it goes on."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text=_("Owners and administrators read it on every page until the mail goes on."),
    )


class DecisionForm(forms.Form):
    """What becomes of a mail of which nobody knows whether it arrived."""

    decision = forms.ChoiceField(
        label=_("What is to become of it"),
        choices=[
            (Decision.SEND.value, _("Send it again: a copy is possible")),
            (Decision.COUNT_AS_SENT.value, _("It arrived")),
            (Decision.GIVE_UP.value, _("Give it up: it is not sent any more")),
        ],
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text=_("It stands in the history."),
    )
