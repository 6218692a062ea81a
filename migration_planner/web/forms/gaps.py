from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.gaps import ANSWER_LENGTH, Decision
from migration_planner.planning.models import Gap
from migration_planner.planning.models.gaps import TITLE_LENGTH
from migration_planner.planning.models.marks import NOTE_LENGTH


def _states() -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in Gap.State.choices]


class DecisionForm(forms.Form):
    """What its owner says about a gap. What fits together is the domain's question."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=_states,
        widget=forms.RadioSelect,
        help_text=_("“Fixed” opens every step it blocked, and tells those people once."),
    )
    answer = forms.CharField(
        label=_("Answer"),
        required=False,
        max_length=ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "class": "w-full"}),
        help_text=_("Everybody whom it blocks reads it on the step. Markdown works."),
    )
    title = forms.CharField(
        label=_("Title"), max_length=TITLE_LENGTH, widget=forms.TextInput(attrs={"class": "w-full"})
    )
    words = forms.CharField(
        label=_("What is missing"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
    )
    owner = forms.CharField(
        label=_("Who looks after it"),
        required=False,
        max_length=254,
        help_text=_("An address. That person can answer too."),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    @classmethod
    def of(cls, gap: Gap, data: Any = None) -> "DecisionForm":
        current = Decision.of(gap)
        owner = gap.owner.email if gap.owner else ""
        values = {"state": gap.state, "answer": gap.answer, "title": gap.title, "words": gap.words, "owner": owner}
        return cls(data, initial={**values, "seen": current.fingerprint})


class MergeForm(forms.Form):
    """Which gap is the same as this one."""

    into = forms.ModelChoiceField(
        label=_("The same as"),
        queryset=Gap.objects.none(),
        empty_label=_("choose a gap"),
        widget=forms.Select(attrs={"class": "w-full"}),
    )

    def __init__(self, gap: Gap, data: Any = None) -> None:
        super().__init__(data)
        others = gap.ban.gaps.blocking().exclude(pk=gap.pk).order_by("title", "pk")
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class TieForm(forms.Form):
    """Which blocked steps are blocked by which gap."""

    marks = forms.TypedMultipleChoiceField(coerce=int, choices=())
    gap = forms.ModelChoiceField(queryset=Gap.objects.none())

    def __init__(self, marks: list[int], gaps: Any, data: Any) -> None:
        super().__init__(data)
        self.fields["marks"].choices = [(pk, pk) for pk in marks]  # type: ignore[attr-defined]
        self.fields["gap"].queryset = gaps  # type: ignore[attr-defined]
