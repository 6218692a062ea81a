from typing import Any

from django import forms
from django.http import QueryDict

from migration_planner.planning.models import Mark

#: What the row of a step is told, unless a view says more.
ROW: dict[str, Any] = {
    "failed": None,
    "mistaken": None,
    "opens": None,
    "then": None,
    "ends": False,
    "swapped": False,
    "may_assign": False,
    "may_review": False,
    "evidence_action": "",
    "waived": frozenset(),
}


class MarkForm(forms.Form):
    """Which state a step shall have, and the evidence or the reason. Whether one is needed is the domain's question.

    Of a blocked step also what blocks it: a gap that others have reported, or the title of a new one.
    """

    state = forms.ChoiceField(choices=Mark.State)
    note = forms.CharField(required=False)
    reason = forms.CharField(required=False)
    gap = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    gap_title = forms.CharField(required=False)

    @property
    def wanted(self) -> Mark.State:
        return Mark.State(self.cleaned_data["state"])

    @property
    def words(self) -> str:
        """The evidence of a step that is done; else the reason, wherever it was typed."""
        note, reason = (str(self.cleaned_data[name]).replace("\r\n", "\n") for name in ("note", "reason"))
        return note if self.wanted == Mark.State.DONE else reason or note


def what_was_typed(data: QueryDict) -> dict[str, str]:
    """What to print into the form again after the product said no. A reason may come as the note."""
    state, note, reason = (data.get(name, "") for name in ("state", "note", "reason"))
    of_gap = {name: data.get(name, "") for name in ("gap", "gap_title")}
    return {"state": state, "note": note, "reason": reason or ("" if state == Mark.State.DONE else note), **of_gap}


def failed(typed: dict[str, Any] | None) -> dict[str, Any]:
    """What rows are told of a mark that could not be saved: what was typed and why, and the number of its step."""
    return {"failed": typed, "mistaken": typed["step"].pk if typed else None}
