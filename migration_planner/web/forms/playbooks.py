from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models import Workflow
from migration_planner.planning.playbooks.files import LARGEST


class PlaybookFileForm(forms.Form):
    """A playbook as a file."""

    file = forms.FileField(
        label=_("Playbook as YAML"),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml", "class": "w-full"}),
        help_text=_("The name of the file is the slug of the playbook with .yaml."),
        error_messages={"required": _("Choose the file."), "empty": _("The file is empty. Choose another one.")},
    )

    @property
    def raw(self) -> bytes:
        """What stands in the file, as far as the checker wants to see to say that it is too large."""
        return bytes(self.cleaned_data["file"].read(LARGEST + 1))


class MatrixForm(forms.Form):
    """Which workflows of a playbook are shown. What makes no sense is left out, so that an old link still works."""

    verdict = forms.ChoiceField(
        label=_("Carries over"), required=False, choices=[("", _("any")), *Workflow.Compatibility.choices]
    )
    severity = forms.TypedChoiceField(
        label=_("If nobody looks after it"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("any")), *Workflow.Severity.choices],
    )
    facts = forms.ChoiceField(
        label=_("Facts"), required=False, choices=[("", _("all")), ("stale", _("to be checked again"))]
    )
    q = forms.CharField(
        label=_("Search"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )

    @property
    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        return self.cleaned_data
