from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import outbound, zones
from migration_planner.people.models import Team
from migration_planner.reminders.models import Room
from migration_planner.reminders.rooms import Chosen


class RoomForm(forms.Form):
    """A team's room. The address is typed in anew each time: nobody reads it back."""

    team = forms.CharField(
        label=_("Team"),
        max_length=1_000,
        help_text=_(
            "The path from the top, such as Acme/Engineering/Search. Its figures are those of all teams below it too."
        ),
        widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"}),
    )
    service = forms.ChoiceField(
        label=_("Chat service"), choices=Room.Service.choices, widget=forms.Select(attrs={"class": "w-medium"})
    )
    address = forms.CharField(
        label=_("Address of the webhook"),
        max_length=outbound.LONGEST,
        help_text=_("Whoever has it can write into the room, so it is kept sealed and never shown again."),
        widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Signing secret"),
        required=False,
        max_length=200,
        help_text=_(
            "Only for robots of DingTalk and Feishu that sign. Those that ask for a keyword can be given “Migration Planner”."
        ),
        widget=forms.PasswordInput(attrs={"class": "w-medium", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
        widget=forms.RadioSelect,
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Figures come on Mondays at nine by this clock, or as near to it as your hours for mail allow."),
        widget=forms.Select(attrs={"class": "w-medium"}),
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any], room: Room | None = None) -> None:
        super().__init__(data, initial=initial)
        self._room = room
        self.fields["zone"].choices = [(name, name.replace("_", " ")) for name in sorted(zones.known_zones())]  # type: ignore[attr-defined]
        if room:
            del self.fields["team"]

    def clean_team(self) -> Team:
        found = Team.objects.filter(path=self.cleaned_data["team"].strip().strip("/")).first()
        if found is None:
            raise forms.ValidationError(_("There is no team at this path. Write it as the roster has it."))
        return found

    @property
    def chosen(self) -> Chosen:
        return Chosen(
            **{name: self.cleaned_data[name] for name in ("service", "address", "secret", "language", "zone")}
        )

    @property
    def team_chosen(self) -> Team:
        team: Team = self._room.team if self._room else self.cleaned_data["team"]
        return team
