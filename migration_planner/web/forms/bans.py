"""The shape of what owners type about a ban. The rules stand in planning/."""

from datetime import date, time
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import zones
from migration_planner.planning.drafting import Basics
from migration_planner.planning.models import Ban
from migration_planner.planning.playbooks import Playbook


def _risk_classes() -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in Ban.RiskClass.choices]


class AddressesField(forms.CharField):
    """E-mail addresses, one a line or separated by commas."""

    widget = forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"})

    def to_python(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        words = (super().to_python(value) or "").replace(",", " ").replace(";", " ").split()
        return tuple(sorted(dict.fromkeys(word.lower() for word in words)))

    def validate(self, value: Any) -> None:
        super().validate(value)
        for address in value:
            validate_email(address)

    def run_validators(self, value: Any) -> None:
        """Each address was checked by `validate`; together they are no text."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple | list) else value


class ToolsForm(forms.Form):
    tool = forms.CharField(label=_("Banned tool"), max_length=120)
    replacement = forms.CharField(label=_("Replacement"), max_length=120, help_text=_("What people use instead."))

    def clean(self) -> dict[str, Any] | None:
        tool, replacement = self.cleaned_data.get("tool", ""), self.cleaned_data.get("replacement", "")
        if tool and tool.lower() == replacement.lower():
            self.add_error("replacement", _("The tool and its replacement are the same. Name two different ones."))
        return self.cleaned_data


class NewBanForm(ToolsForm):
    """Names of the tools and the parameters of one playbook."""

    def __init__(self, playbook: Playbook, data: Any = None) -> None:
        names = {} if playbook.generic else {"tool": playbook.tool, "replacement": playbook.replacement}
        super().__init__(data, initial=names, auto_id=f"{playbook.slug}_%s")
        self.parameters = [parameter.key for parameter in playbook.parameters]
        for parameter in playbook.parameters:
            options = [(option.value, option.title) for option in parameter.options]
            self.fields[parameter.key] = forms.ChoiceField(label=parameter.title, choices=options)

    @property
    def chosen(self) -> dict[str, str]:
        return {key: self.cleaned_data[key] for key in self.parameters}


class BasicsForm(ToolsForm):
    scope = forms.CharField(
        label=_("Scope statement"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "w-full"}),
        help_text=_("What is banned and what is not, in words everybody understands. Markdown works."),
    )
    reason = forms.CharField(
        label=_("Stated reason"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
        help_text=_("Everybody in the audience reads it."),
    )
    reason_source = forms.CharField(
        label=_("Source of the reason"),
        max_length=500,
        required=False,
        help_text=_("A decision, a review or a link, so that people can check it."),
    )
    risk_class = forms.ChoiceField(label=_("Risk class"), choices=_risk_classes)
    help = forms.CharField(
        label=_("Who helps"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
        help_text=_("Names, a channel, office hours. Every checklist and every mail shows it."),
    )
    owners = AddressesField(label=_("Owners"), help_text=_("Their addresses, one a line. Owners run the ban together."))
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, ban: Ban) -> "BasicsForm":
        basics = Basics.of(ban)
        return cls(initial={**vars(basics), "seen": basics.fingerprint})

    @property
    def basics(self) -> Basics:
        values = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return Basics(**values)


def _zones() -> list[tuple[str, Any]]:
    """Known zones by region, for a select."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zones.known_zones()):
        region, _slash, place = name.partition("/")
        regions.setdefault(region if place else "", []).append((name, (place or name).replace("_", " ")))
    return [*regions.pop("", []), *regions.items()]


class CutoffForm(forms.Form):
    day = forms.DateField(
        label=_("Date"), widget=forms.DateInput(attrs={"type": "date", "class": "w-medium"}, format="%Y-%m-%d")
    )
    at = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time", "class": "w-short"}, format="%H:%M")
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        help_text=_("The zone whose clocks show this time. Everybody sees the cutoff in their own zone."),
    )

    @classmethod
    def starting(cls, day: date, at: time, zone: str) -> "CutoffForm":
        return cls(initial={"day": day, "at": at, "zone": zone})

    @property
    def has_cutoff(self) -> bool:
        """Whether what was typed is a cutoff, whatever else is wrong with the form."""
        return self.is_bound and not {"day", "at", "zone"} & set(self.errors)

    @property
    def cutoff(self) -> tuple[date, time, str]:
        return self.cleaned_data["day"], self.cleaned_data["at"], self.cleaned_data["zone"]


class WhyForm(forms.Form):
    """Why something in force is changed. Those affected read it."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
        help_text=_("The people affected read it, and it stands in the history."),
    )


class ChangeCutoffForm(CutoffForm, WhyForm):
    field_order = ["day", "at", "zone", "why"]


class ChangeScopeForm(WhyForm):
    scope = forms.CharField(
        label=_("Scope statement"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "w-full"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ["scope", "why", "seen"]


class ChangeOwnersForm(WhyForm):
    owners = AddressesField(label=_("Owners"), help_text=_("Their addresses, one a line. Owners run the ban together."))
    field_order = ["owners", "why"]


class ConfirmedForm(forms.Form):
    """A deed that goes to many people, confirmed by a tick."""

    confirmed = forms.BooleanField(label=_("Confirmation"), error_messages={"required": _("Tick the box to confirm.")})


class WithdrawForm(WhyForm, ConfirmedForm):
    field_order = ["why", "confirmed"]


class CloseForm(ConfirmedForm):
    why = forms.CharField(
        label=_("Closing words"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
    )
    #: Whether it ends although somebody still uses the old tool.
    despite = forms.BooleanField(required=False)
    field_order = ["why", "confirmed"]
