from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import working_days
from migration_planner.people.models import SiteCalendar
from migration_planner.people.own_days import Day, Reading


class CalendarForm(forms.Form):
    """The country whose days a site keeps. Its parts are offered once it is chosen."""

    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        help_text=_("Its public holidays, and the weekends on which people work instead."),
        widget=forms.Select(attrs={"class": "w-medium"}),
    )
    subdivision = forms.ChoiceField(
        label=_("Part of the country"),
        required=False,
        help_text=_("Where it has holidays of its own. Save the country first to see its parts."),
        widget=forms.Select(attrs={"class": "w-medium"}),
    )

    def __init__(self, data: Any = None, *, row: SiteCalendar) -> None:
        super().__init__(data, initial={"country": row.country, "subdivision": row.subdivision})
        parts = working_days.subdivisions(row.country)
        self.fields["country"].choices = [("", _("Monday to Friday")), *working_days.countries().items()]  # type: ignore[attr-defined]
        self.fields["subdivision"].choices = [("", _("The whole country")), *((part, part) for part in parts)]  # type: ignore[attr-defined]
        if not parts:
            del self.fields["subdivision"]

    def clean(self) -> dict[str, Any]:
        """Another country has other parts."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("country") != self.initial["country"]:
            data["subdivision"] = ""
        return data


class DaysForm(forms.Form):
    """An .ics file, and what its days are."""

    file = forms.FileField(
        label=_("Days as .ics"),
        help_text=_("Whole-day events. At most 1 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".ics,text/calendar", "class": "w-full"}),
        error_messages={"required": _("Choose the .ics file."), "empty": _("The file is empty. Choose the .ics file.")},
    )
    reading = forms.ChoiceField(
        label=_("The days are"),
        choices=[
            (Reading.MARKED.value, _("days off, and working days where the file marks them so (补班, make-up)")),
            (Reading.OFF.value, _("days off, all of them")),
            (Reading.WORKED.value, _("working days, all of them")),
        ],
        initial=Reading.MARKED.value,
        widget=forms.RadioSelect,
    )


#: Days of a file on their way from the preview to the confirmation, signed: nobody adds to them on the way.
SALT = "own days of a site"


def sealed(days: list[Day]) -> str:
    return signing.dumps([(day.day.isoformat(), day.works, day.name) for day in days], salt=SALT, compress=True)


def unsealed(text: str) -> list[Day] | None:
    """The days, or None when the text is not of our making, or older than a day."""
    try:
        return [
            Day(date.fromisoformat(day), works, name)
            for day, works, name in signing.loads(text, salt=SALT, max_age=86_400)
        ]
    except signing.BadSignature:
        return None
