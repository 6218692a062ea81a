"""The look before a change of what is in force, for programs.

A request that moves deadlines or mail of a ban in force is answered 409 with what it would do and the mark of that look; nothing
is changed. The same request with this mark as `seen` carries it out. What is so already needs no look.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _t
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from migration_planner.api.doors import Call, Serializer
from migration_planner.api.shapes import OptionalWhy
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.planning.waves import Touched
from migration_planner.reminders.foreseeing import Foreseen
from migration_planner.reminders.looking import mark


class Looked(OptionalWhy):
    """A change that, of a ban in force, is looked at before it is made."""

    seen = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="",
        help_text="Of a ban in force: the mark of the look that 409 gave. Without it nothing is changed.",
    )  # fmt: skip


class MailDay(Serializer):
    day = serializers.DateField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class ForeseenShape(Serializer):
    """What a change would do to the mail to come: reminders added, moved and cancelled, and the days whose number changes."""

    added = serializers.IntegerField()
    moved = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    days = MailDay(source="changed_days", many=True)


class TouchedShape(Serializer):
    """Whom a change gives another deadline: unfinished people, in how many teams, and their deadlines before and after it."""

    people = serializers.IntegerField()
    teams = serializers.IntegerField()
    before = serializers.ListField(child=serializers.DateTimeField())
    after = serializers.ListField(child=serializers.DateTimeField())


class LookShape(Serializer):
    """What the request would do: to the mail to come, or to people's deadlines. Send it once more with `seen`."""

    seen = serializers.CharField()
    mail = ForeseenShape(required=False)
    deadlines = TouchedShape(required=False)


class LookFirst(Serializer):
    """The product says no; the sentence says what to do. With a `look`: nothing was changed, and this is what would be."""

    detail = serializers.CharField()
    look = LookShape(required=False)


#: For the description of doors that ask for a look.
LOOKS = {409: OpenApiResponse(LookFirst, "A look comes first, or the product says no; the sentence says what to do.")}


class LookFirstError(DomainError):
    """Nobody has looked at this very change. `look` is what it would do."""

    def __init__(self, seen: str, effect: Foreseen | Touched) -> None:
        super().__init__(
            _t(
                "Look at what this changes. To carry it out, send the same request with the mark of this look as “seen”."
            )
        )
        shape, name = (ForeseenShape, "mail") if isinstance(effect, Foreseen) else (TouchedShape, "deadlines")
        self.more = {"look": {"seen": seen, name: shape(effect).data}}


def require(call: Call, ban: Ban, what: str, before: Any, after: Any, effect: Callable[[], Foreseen | Touched]) -> None:
    """Stop with the look, unless the request confirms this very one or the ban is a draft."""
    if not ban.is_live:
        return
    seen = mark(ban, what, before, after)
    if call.said["seen"] != seen:
        raise LookFirstError(seen, effect())
