"""The shape of what is typed about a waiver. What is allowed stands in planning/waiving.py and planning/deciding.py."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.planning import waiving
from migration_planner.planning.models import Ban, Checklist, Waiver, WaiverDecision
from migration_planner.planning.models.bans import MOST_EXTENSIONS, MOST_WAIVER_DAYS
from migration_planner.planning.models.waivers import WORDS_LENGTH
from migration_planner.planning.waiving import Rules, Wish
from migration_planner.web import clock


def _choices(among: Any) -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in among.choices]


def _words(rows: int = 3, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "w-full"})
    return forms.CharField(max_length=WORDS_LENGTH, widget=widget, **more)


def _day(**more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **more)


class WishForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=lambda: _choices(Waiver.Reason))
    words = _words(label=_("In your words"), help_text=_("What keeps you from moving now. Whoever decides reads it."))
    control = _words(
        label=_("What keeps the risk small meanwhile"),
        help_text=_("For example: no customer data, no network, only on one machine."),
    )
    until = _day(label=_("Until"))
    steps = forms.TypedMultipleChoiceField(
        label=_("Only for these steps"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none to ask for everything that is still to do. Other steps go on being asked for."),
    )

    def __init__(self, checklist: Checklist, data: Any = None, *, now: datetime) -> None:
        super().__init__(data)
        last = waiving.latest(checklist, now=now)
        self.fields["until"].help_text = _("Up to %(day)s at the latest; the waiver ends with that day.") % {
            "day": clock.write(last, "day")
        }
        self.fields["until"].widget.attrs["max"] = last.isoformat()
        steps = self.fields["steps"]
        assert isinstance(steps, forms.TypedMultipleChoiceField)  # noqa: S101 - named above
        steps.choices = [(step.pk, step.title) for step in checklist.steps().filter(required=True)]

    @property
    def wish(self) -> Wish:
        values = self.cleaned_data
        return Wish(values["reason"], values["words"], values["control"], values["until"], tuple(values["steps"]))


VERDICTS = [
    (WaiverDecision.Verdict.APPROVED.value, _("Approve")),
    (WaiverDecision.Verdict.QUESTIONED.value, _("Send back with a question")),
    (WaiverDecision.Verdict.REFUSED.value, _("Refuse")),
]


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Your decision"), choices=VERDICTS, widget=forms.RadioSelect)
    until = _day(
        label=_("Approve until"), required=False, help_text=_("Earlier than asked for, if you like; never later.")
    )
    words = _words(
        2,
        label=_("In your words"),
        required=False,
        help_text=_("Needed for a question and a refusal; the person reads it."),
    )

    @classmethod
    def about(cls, waiver: Waiver, data: Any = None) -> "DecisionForm":
        form = cls(data, initial={"until": waiver.until})
        form.fields["until"].widget.attrs["max"] = waiver.until.isoformat()
        return form

    @property
    def shorter(self) -> date | None:
        """The last day it is approved for; None when nothing was said of that."""
        return self.cleaned_data["until"] or None


class BulkForm(forms.Form):
    """One verdict and one reason for all that are ticked."""

    verdict = forms.ChoiceField(label=_("Your decision"), choices=VERDICTS, widget=forms.RadioSelect)
    words = _words(2, label=_("One reason for all of them"), required=False)


class WordsForm(forms.Form):
    """An answer, or why a waiver is revoked."""

    words = _words(2, label=_("In your words"))


class RulesForm(forms.Form):
    levels = forms.TypedChoiceField(
        label=_("Who decides"),
        coerce=int,
        choices=[
            (1, _("Owners of the ban")),
            (2, _("A lead of the team, then owners")),
            (3, _("A lead of the team, the line manager, then owners")),
        ],
    )
    days = forms.IntegerField(
        label=_("Longest, in days beyond the deadline"),
        min_value=1,
        max_value=MOST_WAIVER_DAYS,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
    )
    extensions = forms.IntegerField(
        label=_("Extensions"),
        min_value=0,
        max_value=MOST_EXTENSIONS,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
        help_text=_("How often a waiver may be extended; each extension is decided anew."),
    )

    @classmethod
    def of(cls, ban: Ban) -> "RulesForm":
        return cls(initial=vars(Rules.of(ban)))

    @property
    def rules(self) -> Rules:
        return Rules(**self.cleaned_data)
