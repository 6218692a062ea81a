"""The shape of one step of a checklist."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.arranging import StepContent
from migration_planner.planning.models import Ban, Step


def _for_whom() -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in Step.Per.choices]


class StepForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("What to do, beginning with a verb."))
    guidance = forms.CharField(
        label=_("Guidance"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "w-full"}),
        help_text=_("How to do it. Markdown works."),
    )
    per = forms.ChoiceField(label=_("For whom"), choices=_for_whom, widget=forms.RadioSelect)
    required = forms.BooleanField(label=_("Required"), required=False, help_text=_("Optional steps hold nobody up."))
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=1, max_value=2400, widget=forms.NumberInput(attrs={"class": "w-short"})
    )
    evidence = forms.CharField(
        label=_("Evidence asked"),
        max_length=300,
        required=False,
        help_text=_("What people write down as proof, such as a link. Leave it empty when a tick is enough."),
    )
    must_be_verified = forms.BooleanField(
        label=_("Has to be verified"),
        required=False,
        help_text=_("A tick alone does not finish it: a clean scan of the team’s repositories does."),
    )
    workflow = forms.TypedChoiceField(label=_("Workflow"), required=False, coerce=int, empty_value=None)
    place = forms.IntegerField(
        label=_("Place in the list"), min_value=1, required=False, widget=forms.NumberInput(attrs={"class": "w-short"})
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, ban: Ban, data: Any = None, *, step: Step | None = None) -> None:
        super().__init__(data, initial=_initial(ban, step))
        choices = [(str(pk), title) for pk, title in ban.workflows.live().values_list("pk", "title")]
        self.fields["workflow"].choices = [("", _("None")), *choices]  # type: ignore[attr-defined]
        if step is None:
            del self.fields["place"]
        if step is None or step.scan != Step.Scan.CLEAN:
            del self.fields["must_be_verified"]
        if ban.is_live:
            if step is not None:
                del self.fields["per"]
            self.fields["why"] = forms.CharField(
                label=_("Reason for the change"),
                max_length=2_000,
                widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
                help_text=_("The people affected read it, and it stands in the history."),
            )
        self.step = step

    @property
    def content(self) -> StepContent:
        names = ("title", "guidance", "required", "minutes", "evidence", "workflow")
        per = self.cleaned_data.get("per") or (self.step.per if self.step else Step.Per.PERSON)
        proof = self.cleaned_data.get("must_be_verified", False)
        return StepContent(per=per, must_be_verified=proof, **{name: self.cleaned_data[name] for name in names})

    @property
    def position(self) -> int | None:
        place: int | None = self.cleaned_data.get("place")
        return place - 1 if place else None


def _initial(ban: Ban, step: Step | None) -> dict[str, Any]:
    if step is None:
        return {"per": Step.Per.PERSON, "required": True, "minutes": 5}
    content = StepContent.of(step)
    place = ban.steps.live().filter(position__lt=step.position).count() + 1
    return {**vars(content), "place": place, "seen": content.fingerprint}
