"""What administrators set up: rooms of teams in chat services, and by which calendars the sites work."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.shapes import Nothing, Number, Paged, TeamInShort, page, paged
from migration_planner.lib.paging import Page
from migration_planner.people import calendars
from migration_planner.people.calendars import Site
from migration_planner.people.models import Team
from migration_planner.planning import site_calendars
from migration_planner.planning.permissions import can_see_calendars, can_see_rooms, can_set_calendars, can_set_rooms
from migration_planner.reminders import rooms as planning
from migration_planner.reminders.models import Room, RoomMessage


class RoomRow(Serializer):
    """A room of a team. Its address is a secret: only the host and the end of it are ever shown."""

    id = serializers.IntegerField(source="pk")
    team = TeamInShort()
    service = serializers.ChoiceField(Room.Service.choices)
    hint = serializers.CharField()
    language = serializers.CharField()
    zone = serializers.CharField()
    set_at = serializers.DateTimeField()


class RoomMessageRow(Serializer):
    id = serializers.IntegerField(source="pk")
    ban = serializers.IntegerField(source="ban_id")
    kind = serializers.ChoiceField(RoomMessage.Kind.choices)
    state = serializers.ChoiceField(RoomMessage.State.choices)
    reason = serializers.CharField()
    due_at = serializers.DateTimeField()


class RoomChoice(Serializer):
    """Without an address the room keeps the one it has. The secret is for robots that sign (DingTalk, Feishu)."""

    team = Number(help_text="Number of a team.")
    service = serializers.ChoiceField(Room.Service.choices)
    address = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")
    secret = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    language = serializers.ChoiceField([("en", "en"), ("zh-hans", "zh-hans")], required=False, default="en")
    zone = serializers.CharField(max_length=64, required=False, default="UTC")


class SiteShape(Serializer):
    """A site, its people, and its calendar; without a country it is Monday to Friday."""

    name = serializers.CharField()
    people = serializers.IntegerField()
    country = serializers.CharField(source="calendar.country")
    subdivision = serializers.CharField(source="calendar.subdivision")
    own_days = serializers.SerializerMethodField(help_text="Days of its own: whether they are worked.")

    def get_own_days(self, site: Site) -> dict[str, bool]:
        return {day.isoformat(): works for day, works in sorted(site.calendar.own.items())}


class Sites(Serializer):
    results = SiteShape(many=True)


class CalendarChoice(Serializer):
    site = serializers.CharField(max_length=120)
    country = serializers.CharField(
        max_length=10, allow_blank=True, help_text="Such as `CN`; empty for Monday to Friday."
    )
    subdivision = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


@act("rooms", READ, "integrations", query=Paged, answer=paged(RoomRow))
def list_rooms(call: Call) -> Page[Room]:
    """Rooms of teams, by team: for administrators and auditors."""
    require(can_see_rooms(call.user))
    return page(call, Room.objects.in_use().select_related("team"), ("team__path", "pk"))


@act("set_room", MANAGE, "integrations", body=RoomChoice, answer=RoomRow)
def set_room(call: Call) -> Room:
    """Give a team its room, or another address, language or clock for it."""
    require(can_set_rooms(call.user))
    said = dict(call.said)
    team = get_object_or_404(Team, pk=said.pop("team"))
    return planning.set_room(team, planning.Chosen(**said), by=call.user, now=call.now)


@act("room", READ, "integrations", answer=RoomRow)
def read_room(call: Call, pk: int) -> Room:
    """One room."""
    return _room(call, pk)


@act("room_messages", READ, "integrations", query=Paged, answer=paged(RoomMessageRow))
def list_messages(call: Call, pk: int) -> Page[RoomMessage]:
    """What was written into a room, or is to be: the latest first."""
    return page(call, _room(call, pk).messages.all(), ("-due_at", "-pk"))


@act("remove_room", MANAGE, "integrations", body=Nothing)
def remove_room(call: Call, pk: int) -> None:
    """Forget the address of a room; nothing goes there any more."""
    room = _room(call, pk)
    require(can_set_rooms(call.user))
    planning.remove(room, by=call.user, now=call.now)


@act("try_room_message_again", MANAGE, "integrations", body=Nothing, answer=RoomMessageRow)
def again(call: Call, pk: int, message_id: int) -> RoomMessage:
    """Have a dead message tried again with the next pass of the clock."""
    room = _room(call, pk)
    require(can_set_rooms(call.user))
    message = get_object_or_404(room.messages.select_related("room__team", "ban"), pk=message_id)
    planning.try_again(message, by=call.user, now=call.now)
    message.refresh_from_db()
    return message


@act("calendars", READ, "integrations", answer=Sites)
def list_sites(call: Call) -> dict[str, Any]:
    """Every site that the roster names, and the calendar by which it works."""
    require(can_see_calendars(call.user))
    return {"results": calendars.sites()}


@act("choose_calendar", MANAGE, "integrations", body=CalendarChoice, answer=SiteShape)
def choose_calendar(call: Call) -> Site:
    """Give a site the calendar of a country. Reminders that are planned follow with the next pass of the clock."""
    require(can_set_calendars(call.user))
    said = dict(call.said)
    name = _site(said.pop("site")).name
    site_calendars.choose(name, **said, by=call.user, now=call.now)
    return _site(name)


def _room(call: Call, pk: int) -> Room:
    return get_object_or_404(Room.objects.in_use().visible_to(call.user).select_related("team"), pk=pk)


def _site(name: str) -> Site:
    """A site of the roster, or one that has a calendar; nobody makes up another."""
    found = next((site for site in calendars.sites() if site.name == name), None)
    if found is None:
        raise Http404
    return found


rooms, room, messages = door(get=list_rooms, put=set_room), door(get=read_room), door(get=list_messages)
room_removal, room_message = door(post=remove_room), door(post=again)
sites = door(get=list_sites, put=choose_calendar)
