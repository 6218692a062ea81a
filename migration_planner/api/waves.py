"""Waves of a ban: teams that move together by an earlier date, with go and no go."""

from functools import partial

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api import looking
from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door
from migration_planner.api.figures import FiguresShape
from migration_planner.api.looking import LOOKS, Looked
from migration_planner.api.lookups import figures_ban, own_ban, own_wave
from migration_planner.api.shapes import Changed, LocalTime, Number, OptionalWhy, TeamInShort
from migration_planner.people.models import Team
from migration_planner.planning import waves as planning
from migration_planner.planning.models import Wave
from migration_planner.planning.waves import Plan, WaveRow


class GoShape(Serializer):
    """Go or no go, as it was said last."""

    go = serializers.BooleanField()
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()
    words = serializers.CharField()


class WaveShape(Serializer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    day = serializers.DateField(source="cutoff_date")
    at = LocalTime(source="cutoff_time")
    cutoff_at = serializers.DateTimeField()
    criteria = serializers.CharField(help_text="What has to be so before it begins.")
    decision = GoShape(allow_null=True)


class WaveWithFigures(Serializer):
    """A wave, the teams it names, and the figures of its people; the one without `wave` is who follows the ban's cutoff."""

    wave = WaveShape(allow_null=True)
    named = TeamInShort(many=True)
    teams = serializers.IntegerField()
    figures = FiguresShape()


class Waves(Serializer):
    results = WaveWithFigures(many=True)


class NewWave(OptionalWhy):
    """Its date is what the clocks in the zone of the cutoff show, before the cutoff."""

    name = serializers.CharField(max_length=80)
    day = serializers.DateField()
    at = LocalTime()
    criteria = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")


class WaveChange(Looked):
    """What is to be otherwise; what is left out stays."""

    name = serializers.CharField(max_length=80, required=False)
    day = serializers.DateField(required=False)
    at = LocalTime(required=False)
    criteria = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class TeamWave(Looked):
    wave = Number(allow_null=True, help_text="Number of a wave; null for none named by itself.")


class GoWord(Serializer):
    go = serializers.BooleanField()
    words = serializers.CharField(max_length=2_000, help_text="Which criteria are met, or which are not.")


@act("waves", READ, "waves", answer=Waves)
def list_waves(call: Call, pk: int) -> dict[str, list[WaveRow]]:
    """Every wave of a ban with its figures (twenty at most), and who follows the cutoff."""
    return {"results": planning.rows(figures_ban(call.user, pk))}


@act("add_wave", MANAGE, "waves", body=NewWave, answer=WaveShape, status=201,
     example={"name": "Pilot", "day": "2027-03-01", "at": "18:00"})  # fmt: skip
def add(call: Call, pk: int) -> Wave:
    """Add a wave, without teams yet."""
    said = dict(call.said)
    why = said.pop("why")
    return planning.add(own_ban(call.user, pk), Plan(**said), by=call.user, now=call.now, why=why)


@act("wave", READ, "waves", answer=WaveShape)
def read(call: Call, pk: int, wave_id: int) -> Wave:
    """One wave of a ban."""
    return get_object_or_404(figures_ban(call.user, pk).waves, pk=wave_id)


@act("change_wave", MANAGE, "waves", body=WaveChange, answer=WaveShape, also=LOOKS)
def change(call: Call, pk: int, wave_id: int) -> Wave:
    """Give a wave another name, date or criteria; of a ban in force another date after a look at whom it touches. Deadlines
    follow; whoever has another one is told once."""
    wave, said = own_wave(call.user, pk, wave_id), dict(call.said)
    why, _seen = said.pop("why"), said.pop("seen")
    now = {"name": wave.name, "day": wave.cutoff_date, "at": wave.cutoff_time, "criteria": wave.criteria}
    plan = Plan(**{**now, **said})
    if (plan.day, plan.at) != (wave.cutoff_date, wave.cutoff_time):
        look = partial(planning.of_date, wave, plan.day, plan.at, now=call.now)
        looking.require(call, wave.ban, "wave", [wave.pk, wave.cutoff_at], plan, look)
    planning.change(wave, plan, by=call.user, now=call.now, why=why)
    return wave


@act("remove_wave", MANAGE, "waves", body=Looked, also=LOOKS)
def remove(call: Call, pk: int, wave_id: int) -> None:
    """Remove a wave; of a ban in force after a look at whom that touches. Its teams move with whatever names them from further
    above, or with the cutoff."""
    wave = own_wave(call.user, pk, wave_id)
    touched = planning.of_removal(wave)
    looking.require(call, wave.ban, "wave_removal", [wave.pk, touched.before], touched.after, lambda: touched)
    planning.remove(wave, by=call.user, now=call.now, why=call.said["why"])


@act("put_team_into_wave", MANAGE, "waves", body=TeamWave, answer=Changed, also=LOOKS)
def put_team(call: Call, pk: int, team_id: int) -> dict[str, bool]:
    """Let a team, with all below it, move with a wave, or with none named by itself; of a ban in force after a look at whom
    that touches."""
    ban, said = own_ban(call.user, pk), call.said
    team = get_object_or_404(Team, pk=team_id)
    wave = get_object_or_404(ban.waves, pk=said["wave"]) if said["wave"] else None
    if (wave.pk if wave else None) != planning.named(ban, team):
        touched = planning.of_team(ban, team, wave, now=call.now)
        what = [team.pk, touched.before], [said["wave"], touched.after]
        looking.require(call, ban, "wave_team", *what, lambda: touched)
    return {"changed": planning.put(ban, team, wave, by=call.user, now=call.now, why=said["why"])}


@act("decide_wave", MANAGE, "waves", body=GoWord, answer=WaveShape)
def decide(call: Call, pk: int, wave_id: int) -> Wave:
    """Write down go or no go, with the reason. It stands beside the dates, and moves none."""
    wave = own_wave(call.user, pk, wave_id)
    planning.decide(wave, call.said["go"], by=call.user, now=call.now, words=call.said["words"])
    return wave


waves, wave, removal = door(get=list_waves, post=add), door(get=read, patch=change), door(post=remove)
team, decision = door(put=put_team), door(post=decide)
