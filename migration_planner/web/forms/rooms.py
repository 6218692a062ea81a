from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
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
            self.fields["address"].required = False
            self.fields["address"].help_text = _("Leave it empty to keep the one it has, with its secret.")

    def clean_team(self) -> Team:
        """The team at this path, or the only one of this name."""
        words = self.cleaned_data["team"].strip().strip("/")
        found = list(Team.objects.filter(Q(path=words) | Q(name=words)).order_by("path")[:2])
        exact = [team for team in found if team.path == words] or found
        if len(exact) != 1:
            raise forms.ValidationError(
                _("No team, or more than one, is meant by this. Write its path as the roster has it.")
            )
        return exact[0]

    @property
    def chosen(self) -> Chosen:
        return Chosen(
            **{name: self.cleaned_data[name] for name in ("service", "address", "secret", "language", "zone")}
        )

    @property
    def team_chosen(self) -> Team:
        team: Team = self._room.team if self._room else self.cleaned_data["team"]
        return team
