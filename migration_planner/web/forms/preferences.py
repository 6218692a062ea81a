from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.zones import known_zones
from migration_planner.people.models import User

Choices = list[tuple[str, Any]]


class PreferencesForm(forms.Form):
    """What people choose for themselves."""

    zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Deadlines are shown, and reminders sent, by this clock."),
        widget=forms.Select(attrs={"class": "w-medium"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
        help_text=_("Of pages and of mail."),
        widget=forms.RadioSelect,
    )
    reminder_hour = forms.TypedChoiceField(
        label=_("Reminder hour"),
        coerce=int,
        choices=[(hour, f"{hour:02d}:00") for hour in range(24) if settings.MAIL_HOURS.clamp(hour) == hour],
        help_text=_("At most one reminder a day comes, at this hour of your clock."),
        widget=forms.Select(attrs={"class": "w-short"}),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        hour = settings.MAIL_HOURS.clamp(user.reminder_hour)  # where mail comes for them, whatever they chose before
        super().__init__(data, initial={"zone": user.zone, "language": user.language, "reminder_hour": hour})
        self.fields["zone"].choices = _zones(user.zone)  # type: ignore[attr-defined]


def _zones(current: str) -> Choices:
    """Zones grouped by their part of the world; one's own stays choosable even where it is an old name."""
    names = sorted(known_zones() | {current})
    parts = groupby(names, key=lambda name: name.partition("/")[0])
    return [(part, [(name, name.replace("_", " ")) for name in members]) for part, members in parts]
