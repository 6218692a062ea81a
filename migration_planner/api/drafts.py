"""The parts of a draft, and its publishing. What a draft may change freely, a ban in force changes with a reason (`why`)."""

from copy import copy
from datetime import date, datetime, time
from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api import looking
from migration_planner.api.bans import BanDetail
from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.looking import LOOKS, Looked
from migration_planner.api.lookups import own_ban, visible_ban
from migration_planner.api.shapes import LocalTime, OptionalWhy, TeamInShort
from migration_planner.people.models import Team
from migration_planner.planning import audience, changing, choosing, drafting, publishing
from migration_planner.planning.drafting import Basics
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_publish
from migration_planner.reminders import foreseeing
from migration_planner.reminders.foreseeing import Foreseen

STANDINGS = [(standing, standing) for standing in ("included", "excluded", "unnamed")]


class BasicsShape(Serializer):
    """What a draft says. `seen` is the mark of what you have read: with it, nothing that somebody saved since is overwritten."""

    tool = serializers.CharField(max_length=120)
    replacement = serializers.CharField(max_length=120)
    scope = serializers.CharField(max_length=10_000, allow_blank=True)
    reason = serializers.CharField(max_length=5_000, allow_blank=True)
    reason_source = serializers.CharField(max_length=500, allow_blank=True)
    risk_class = serializers.ChoiceField(Ban.RiskClass.choices)
    help = serializers.CharField(max_length=5_000, allow_blank=True)
    owners = serializers.ListField(child=serializers.EmailField(), max_length=100, help_text="Their addresses.")
    seen = serializers.CharField(max_length=64, required=False, allow_blank=True, default="", source="fingerprint")


class BasicsChange(BasicsShape):
    """What is to be otherwise; what is left out stays."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class Cutoff(Looked):
    """A day and a time as the clocks in a zone show them."""

    day = serializers.DateField()
    at = LocalTime(help_text="`18:00`")
    zone = serializers.CharField(max_length=64, help_text="`Europe/Berlin`")


class AudienceShape(Serializer):
    """Teams included and left out, each with all below it; and how many people and teams that reaches."""

    include = TeamInShort(many=True)
    exclude = TeamInShort(many=True)
    people = serializers.IntegerField()
    teams = serializers.IntegerField()
    unreachable = serializers.IntegerField(help_text="People of it to whom no mail can go.")


class AudienceChange(Serializer):
    """Exactly the teams that a draft names, by their paths."""

    include = serializers.ListField(child=serializers.CharField(), max_length=2_000)
    exclude = serializers.ListField(child=serializers.CharField(), max_length=2_000, required=False, default=list)


class TeamStanding(OptionalWhy):
    standing = serializers.ChoiceField(STANDINGS)


class Lack(Serializer):
    part = serializers.CharField(help_text="Of the draft: basics, audience, cutoff or steps.")
    sentence = serializers.CharField()


class Readiness(Serializer):
    """What a draft still needs before it can be published."""

    is_ready = serializers.BooleanField()
    lacks = Lack(many=True)


class Published(Serializer):
    people = serializers.IntegerField()
    teams = serializers.IntegerField()


@act("ban_basics", READ, "drafting", answer=BasicsShape)
def read_basics(call: Call, pk: int) -> Basics:
    """What a ban says, as its owners edit it."""
    return Basics.of(own_ban(call.user, pk))


@act("edit_ban_basics", MANAGE, "drafting", body=BasicsChange, answer=BasicsShape,
     example={"reason": "Its vendor reads our code."})  # fmt: skip
def edit_basics(call: Call, pk: int) -> Basics:
    """Write what a draft says. A ban in force has its own doors for the cutoff, the scope statement and the owners."""
    ban, said = own_ban(call.user, pk), dict(call.said)
    seen = said.pop("fingerprint", "")
    if "owners" in said:
        said["owners"] = tuple(sorted({address.lower() for address in said["owners"]}))
    wanted = Basics(**{**vars(Basics.of(ban)), **said})
    drafting.set_basics(ban, wanted, by=call.user, now=call.now, seen=seen)
    return Basics.of(ban)


@act("set_ban_cutoff", MANAGE, "drafting", body=Cutoff, answer=BanDetail, also=LOOKS,
     example={"day": "2027-03-31", "at": "18:00", "zone": "Asia/Shanghai", "why": "Licences are late."})  # fmt: skip
def set_cutoff(call: Call, pk: int) -> Ban:
    """Set the cutoff of a draft, or move that of a ban in force, after a look at what that does. Moved, everybody unfinished
    is told once."""
    ban, said = own_ban(call.user, pk), call.said
    cutoff = said["day"], said["at"], said["zone"]
    if ban.is_draft:
        drafting.set_cutoff(ban, *cutoff, by=call.user, now=call.now)
    else:
        if cutoff != (ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone):
            looking.require(call, ban, "cutoff", None, cutoff, lambda: _foreseen(ban, cutoff, call.now))
        changing.move_cutoff(ban, *cutoff, by=call.user, now=call.now, why=said["why"])
    return ban


@act("ban_audience", READ, "drafting", answer=AudienceShape)
def read_audience(call: Call, pk: int) -> dict[str, Any]:
    """Which teams a ban includes and leaves out, and whom it reaches."""
    return _audience(own_ban(call.user, pk))


@act("set_ban_audience", MANAGE, "drafting", body=AudienceChange, answer=AudienceShape,
     example={"include": ["Acme"], "exclude": ["Acme/Sales"]})  # fmt: skip
def set_audience(call: Call, pk: int) -> dict[str, Any]:
    """Let a draft name exactly these teams. A ban in force changes its audience team by team, with a reason."""
    ban, said = own_ban(call.user, pk), call.said
    drafting.set_audience(ban, said["include"], said["exclude"], by=call.user, now=call.now)
    return _audience(ban)


@act("set_ban_audience_team", MANAGE, "drafting", body=TeamStanding, answer=AudienceShape)
def set_audience_team(call: Call, pk: int, team_id: int) -> dict[str, Any]:
    """Include one team with all below it, leave it out, or name it no more. In force, checklists follow at once."""
    ban, said = own_ban(call.user, pk), call.said
    team = get_object_or_404(Team, pk=team_id)
    if ban.is_draft:
        drafting.set_team(ban, team, said["standing"], by=call.user, now=call.now)
        return _audience(ban)

    def change() -> None:
        choosing.set_team(ban, team, said["standing"])

    changing.change_audience(ban, change, by=call.user, now=call.now, why=said["why"])
    return _audience(ban)


@act("ban_readiness", READ, "drafting", answer=Readiness)
def read_readiness(call: Call, pk: int) -> dict[str, Any]:
    """What a draft still needs before it can be published."""
    ban = own_ban(call.user, pk)
    lacks = publishing.lacks(ban, now=call.now) if ban.is_draft else []
    return {"is_ready": ban.is_draft and not lacks, "lacks": lacks}


@act("publish_ban", MANAGE, "drafting", answer=Published)
def publish(call: Call, pk: int) -> dict[str, int]:
    """Put a draft in force: a checklist for everybody in its audience. The announcement goes with the next pass of the clock."""
    ban = visible_ban(call.user, pk)
    require(can_publish(call.user, ban))
    return publishing.publish(ban, by=call.user, now=call.now)


@act("discard_ban", MANAGE, "drafting")
def discard(call: Call, pk: int) -> None:
    """Put a draft away for good. Nobody sees it any more; its history stays."""
    drafting.discard(own_ban(call.user, pk), by=call.user, now=call.now)


def _foreseen(ban: Ban, cutoff: tuple[date, time, str], now: datetime) -> Foreseen:
    moved = copy(ban)
    moved.set_cutoff(*cutoff)
    assert moved.cutoff_at is not None  # noqa: S101 - it was just set
    return foreseeing.of_cutoff(ban, moved.cutoff_at, now=now)


def _audience(ban: Ban) -> dict[str, Any]:
    rows = list(ban.audience_teams.select_related("team").order_by("team__path"))
    return {
        "include": [row.team for row in rows if not row.excluded],
        "exclude": [row.team for row in rows if row.excluded],
        **audience.reach(ban),
    }


basics = door(get=read_basics, patch=edit_basics)
cutoff = door(put=set_cutoff)
ban_audience, audience_team = door(get=read_audience, put=set_audience), door(put=set_audience_team)
readiness, publication, discarding = door(get=read_readiness), door(post=publish), door(post=discard)
