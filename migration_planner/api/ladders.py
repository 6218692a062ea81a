"""When people hear of a ban, and its other rules: ladder, escalation, snoozes, quiet days, waivers."""

from functools import partial
from typing import Any

from rest_framework import serializers

from migration_planner.api import looking
from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door
from migration_planner.api.looking import LOOKS, ForeseenShape, Looked
from migration_planner.api.lookups import own_ban
from migration_planner.planning import changing, relapses, waiving
from migration_planner.planning.models import Ban
from migration_planner.planning.waiving import Rules
from migration_planner.reminders import escalating, foreseeing, ladder, snoozing
from migration_planner.reminders.ladder import Line
from migration_planner.reminders.models import Rung


class RungShape(Serializer):
    """When who hears from us: an anchor, and the number it needs (0 where it needs none)."""

    anchor = serializers.ChoiceField(Rung.Anchor.choices)
    amount = serializers.IntegerField(min_value=0, max_value=1000, required=False, default=0)
    audience = serializers.ChoiceField(Rung.Audience.choices, required=False, default=Rung.Audience.UNFINISHED)
    recipient = serializers.ChoiceField(Rung.Recipient.choices, required=False, default=Rung.Recipient.PERSON)


class Ladder(Serializer):
    """The rungs that a ban follows; `is_default` when it has none of its own and follows the length of notice."""

    is_default = serializers.BooleanField()
    rungs = RungShape(many=True)


class LadderChange(Looked):
    """Another ladder. Without rungs the ban follows the default again."""

    rungs = RungShape(many=True, max_length=100)  # type: ignore[call-arg] # of the list


class WaiverRules(Serializer):
    levels = serializers.IntegerField(
        min_value=1, max_value=3, help_text="1 owners; 2 a lead first; 3 the line manager in between."
    )
    days = serializers.IntegerField(min_value=1, max_value=365, help_text="Beyond the deadline, at most.")
    extensions = serializers.IntegerField(min_value=0, max_value=6)


class RulesShape(Serializer):
    snooze_days = serializers.IntegerField(help_text="For so many days people may put reminders off; 0 for not at all.")
    quiet_days = serializers.IntegerField(help_text="So many days without use end a relapse.")
    escalation = serializers.ListField(
        child=serializers.IntegerField(), help_text="Working days each level of managers waits; none escalates nothing."
    )
    waivers = WaiverRules()


class RulesChange(Looked):
    """What is to be otherwise; what is left out stays."""

    snooze_days = serializers.IntegerField(required=False, min_value=0, max_value=7)
    quiet_days = serializers.IntegerField(required=False, min_value=1, max_value=90)
    escalation = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=60), required=False, max_length=5
    )
    waivers = WaiverRules(required=False)


@act("ban_ladder", READ, "drafting", answer=Ladder)
def read_ladder(call: Call, pk: int) -> dict[str, Any]:
    """The ladder of a ban."""
    return _ladder(own_ban(call.user, pk), call)


@act("set_ban_ladder", MANAGE, "drafting", body=LadderChange, answer=Ladder, also=LOOKS,
     example={"rungs": [{"anchor": "before", "amount": 7}, {"anchor": "last_day"}]})  # fmt: skip
def set_ladder(call: Call, pk: int) -> dict[str, Any]:
    """Give a ban another ladder; one in force after a look at what that does. What is to come changes; what has gone stays."""
    ban, why = own_ban(call.user, pk), call.said["why"]
    lines = ladder.in_order(_lines(call))
    if lines != [Line.of(rung) for rung in ban.rungs.all()]:
        looking.require(call, ban, "ladder", None, lines, lambda: foreseeing.of_ladder(ban, lines, now=call.now))
    ladder.set_rungs(ban, lines, by=call.user, now=call.now, why=why)
    return _ladder(ban, call)


@act("foresee_ban_ladder", READ, "drafting", body=LadderChange, answer=ForeseenShape)
def foresee(call: Call, pk: int) -> foreseeing.Foreseen:
    """What another ladder would do to the mail to come of a ban in force. Nothing is changed."""
    ban = own_ban(call.user, pk)
    if not ban.is_live:
        return foreseeing.Foreseen(0, 0, 0)
    return foreseeing.of_ladder(ban, _lines(call), now=call.now)


@act("ban_rules", READ, "drafting", answer=RulesShape)
def read_rules(call: Call, pk: int) -> dict[str, Any]:
    """What the owners of a ban allow: snoozes, quiet days, escalation, waivers."""
    return _rules(own_ban(call.user, pk))


@act(
    "change_ban_rules", MANAGE, "drafting", body=RulesChange, answer=RulesShape, also=LOOKS, example={"snooze_days": 2}
)
def change_rules(call: Call, pk: int) -> dict[str, Any]:
    """Change what is allowed, from now on; the escalation of a ban in force after a look at what that does. What runs goes on,
    and waivers asked for keep the rules they were asked under."""
    ban, said = own_ban(call.user, pk), call.said
    changing.require_short(said["why"])
    _require_look(call, ban)
    if "snooze_days" in said:
        snoozing.set_limit(ban, said["snooze_days"], by=call.user, now=call.now)
    if "quiet_days" in said:
        relapses.set_quiet_days(ban, said["quiet_days"], by=call.user, now=call.now)
    if "escalation" in said:
        escalating.set_graces(ban, said["escalation"], by=call.user, now=call.now, why=said["why"])
    if "waivers" in said:
        waiving.set_rules(ban, Rules(**said["waivers"]), by=call.user, now=call.now)
    return _rules(ban)


def _require_look(call: Call, ban: Ban) -> None:
    before = escalating.graces_of(ban)
    graces = escalating.checked(call.said.get("escalation", before))
    if graces != before:
        look = partial(foreseeing.of_graces, ban, graces, now=call.now)
        looking.require(call, ban, "escalation", before, graces, look)


def _lines(call: Call) -> list[Line]:
    return [Line(**rung) for rung in call.said["rungs"]]


def _ladder(ban: Ban, call: Call) -> dict[str, Any]:
    return {"is_default": not ban.rungs.exists(), "rungs": ladder.rungs_of(ban, now=call.now)}


def _rules(ban: Ban) -> dict[str, Any]:
    numbers = {"snooze_days": ban.snooze_days, "quiet_days": ban.quiet_days}
    return {**numbers, "escalation": escalating.graces_of(ban), "waivers": Rules.of(ban)}


ban_ladder, ladder_foreseen = door(get=read_ladder, put=set_ladder), door(post=foresee)
rules = door(get=read_rules, patch=change_rules)
