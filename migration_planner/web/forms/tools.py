from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models import Tool


def _statuses() -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in Tool.Status.choices]


class ToolForm(forms.Form):
    name = forms.CharField(label=_("Name of the tool"), max_length=120)
    status = forms.ChoiceField(label=_("Status"), choices=_statuses)
    note = forms.CharField(
        label=_("Conditions and reasons"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
        help_text=_("For a restricted tool: who may use it for what. Everybody reads it; Markdown works."),
    )
    alternatives = forms.CharField(
        label=_("Alternatives"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Names of tools to use instead, one a line."),
    )
    why = forms.CharField(
        label=_("Reason for the change"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history."),
    )

    def clean_alternatives(self) -> list[str]:
        lines = (" ".join(line.split()) for line in self.cleaned_data["alternatives"].splitlines())
        names = [line for line in lines if line]
        if any(len(name) > 120 for name in names):
            raise forms.ValidationError(_("A name has at most 120 characters. Write one tool a line."))
        return names

    @classmethod
    def of(cls, tool: Tool, data: Any = None) -> "ToolForm":
        names = "\n".join(tool.alternatives.order_by("name").values_list("name", flat=True))
        return cls(data, initial={"name": tool.name, "status": tool.status, "note": tool.note, "alternatives": names})
