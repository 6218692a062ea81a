from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models import Contradiction
from migration_planner.planning.models.bans import MOST_QUIET_DAYS
from migration_planner.planning.models.marks import NOTE_LENGTH
from migration_planner.planning.models.tokens import DAYS, MOST_DAYS
from migration_planner.web.uploads import LARGEST_FILE


class UploadForm(forms.Form):
    """A file of signals, and whether to go on without the rows that cannot be taken."""

    file = forms.FileField(
        label=_("Signals as CSV"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv", "class": "w-full"}),
        help_text=_("UTF-8. The first line names the columns: person, tool, day, count, source."),
        error_messages={
            "required": _("Choose the file with the signals."),
            "empty": _("The file is empty. Choose the file with the signals."),
        },
    )
    skip_bad = forms.BooleanField(label=_("Go on without rows that cannot be taken"), required=False)

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if too_large:
            self.fields["file"].error_messages["required"] = _(
                "The file is larger than %(limit)d MB. Split it, or use the command import_signals."
            ) % {"limit": LARGEST_FILE // 1_000_000}


class TokenForm(forms.Form):
    """A token for a program that sends signals."""

    name = forms.CharField(label=_("What it is for"), max_length=120)
    days = forms.IntegerField(
        label=_("Good for days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DAYS,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
    )


class AnswerForm(forms.Form):
    """The person's word about a contradiction. Whether it needs words is the domain's question."""

    answer = forms.ChoiceField(choices=Contradiction.Answer)
    note = forms.CharField(required=False, max_length=NOTE_LENGTH)


class QuietDaysForm(forms.Form):
    days = forms.IntegerField(min_value=1, max_value=MOST_QUIET_DAYS)
