from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models import Checklist, Step
from migration_planner.planning.models.comments import TEXT_LENGTH
from migration_planner.web.forms.crews import StepField


class CommentForm(forms.Form):
    """A few words about a checklist, or one of its steps."""

    text = forms.CharField(
        label=_("Your comment"),
        max_length=TEXT_LENGTH,
        error_messages={"required": _("Write a few words.")},
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
    )
    step = StepField(
        label=_("About"), queryset=Step.objects.none(), required=False, empty_label=_("the whole checklist")
    )

    def __init__(self, *args: Any, checklist: Checklist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(StepField, self.fields["step"]).queryset = checklist.steps()
