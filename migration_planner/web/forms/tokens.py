from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning import tokens
from migration_planner.planning.models.tokens import DAYS, MOST_DAYS


class TokenForm(forms.Form):
    """What a token is for, what it may do, and for how long."""

    name = forms.CharField(
        label=_("What it is for"), max_length=120, help_text=_("Which program uses it, and where it runs.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as the program needs. Whatever is ticked, it may never do more than you may yourself."),
    )
    days = forms.IntegerField(
        label=_("Good for days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DAYS,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
        help_text=_("From 1 to 365. After that it opens nothing any more."),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        scopes = [(scope.value, capfirst(str(scope.label))) for scope in tokens.scopes_for(user)]
        self.fields["scopes"].choices = scopes  # type: ignore[attr-defined]
