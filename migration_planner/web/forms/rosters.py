from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.web.uploads import LARGEST_FILE


class UploadForm(forms.Form):
    """A roster file, and whether it names everybody."""

    file = forms.FileField(
        label=_("Roster as CSV"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv", "class": "w-full"}),
        error_messages={
            "required": _("Choose the file with the roster."),
            "empty": _("The file is empty. Choose the file with the roster."),
        },
    )
    full = forms.BooleanField(
        label=_("The file names everybody: who is not in it has left"),
        required=False,
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(  # here, and not above, so that it is in the reader's language
            "UTF-8, at most %(limit)d MB. The first line names the columns; email, name and team must be there."
        ) % {"limit": LARGEST_FILE // 1_000_000}
        if too_large:
            self.fields["file"].error_messages["required"] = _(
                "The file is larger than %(limit)d MB. Leave out columns that are not needed, or use the command import_roster."
            ) % {"limit": LARGEST_FILE // 1_000_000}


class ApplicationForm(forms.Form):
    """What the person importing says to the questions of the preview."""

    skip_bad = forms.BooleanField(required=False)
    confirm_leavers = forms.BooleanField(required=False)
    confirm_emptied = forms.BooleanField(required=False)
