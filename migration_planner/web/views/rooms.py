"""Rooms of teams in chat services: which there are, setting, testing and removing one, and what became of its messages."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning.permissions import can_see_rooms, can_set_rooms
from migration_planner.reminders import rooms
from migration_planner.reminders.models import Room, RoomMessage
from migration_planner.web import history
from migration_planner.web.forms.rooms import RoomForm
from migration_planner.web.http import Request, require, see_other

#: As many lines of history, messages and answers are listed.
LINES, MESSAGES, ATTEMPTS = 10, 20, 10


@require_GET
def index(request: Request) -> HttpResponse:
    require(can_see_rooms(request.user))
    page = keyset(Room.objects.in_use().select_related("team"), ("team__path", "pk"), request.GET.get("cursor"))
    numbers = _numbers([room.pk for room in page.rows])
    context = {
        "page": page,
        "rows": [(room, numbers.get(room.pk, {})) for room in page.rows],
        "lines": [history.line(event) for event in rooms.history()[:LINES]],
        "can_set": can_set_rooms(request.user),
    }
    return render(request, "rooms/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require(can_set_rooms(request.user))
    initial = {"language": request.user.language, "zone": request.user.zone}
    form = RoomForm(request.POST or None, initial=initial)
    status = _carried_out(request, form)
    if isinstance(status, HttpResponse):
        return status
    return render(request, "rooms/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    """A room with its messages; for administrators also the form that gives it another address."""
    room = _room(request, pk)
    if request.method == "GET":
        return _page(request, room)
    require(can_set_rooms(request.user))
    form = _form(room, request.POST)
    status = _carried_out(request, form)
    return status if isinstance(status, HttpResponse) else _page(request, room, form, status)


@require_POST
def test(request: Request, pk: int) -> HttpResponse:
    room = _room(request, pk)
    require(can_set_rooms(request.user))
    verdict = rooms.try_out(room, by=request.user, now=timezone.now())
    if verdict.taken:
        messages.success(request, _("The service took the test. Look into the room: it should stand there."))
    else:
        messages.error(request, _("The test did not arrive. Below stands what came instead."))
    return see_other(reverse("room", args=[room.pk]))


@require_POST
def removal(request: Request, pk: int) -> HttpResponse:
    room = _room(request, pk)
    require(can_set_rooms(request.user))
    rooms.remove(room, by=request.user, now=timezone.now())
    messages.success(request, _("Removed. The address is forgotten, and nothing goes there any more."))
    return see_other(reverse("rooms"))


@require_POST
def again(request: Request, pk: int, message_id: int) -> HttpResponse:
    """Have a dead message tried again."""
    room = _room(request, pk)
    require(can_set_rooms(request.user))
    message = get_object_or_404(room.messages.select_related("room__team", "ban"), pk=message_id)
    rooms.try_again(message, by=request.user, now=timezone.now())
    messages.success(request, _("It goes with the next pass of the clock."))
    return see_other(reverse("room", args=[room.pk]))


def _room(request: Request, pk: int) -> Room:
    visible = Room.objects.in_use().visible_to(request.user)
    return get_object_or_404(visible.select_related("team", "set_by"), pk=pk)


def _form(room: Room, data: Any = None) -> RoomForm:
    return RoomForm(data, initial={name: getattr(room, name) for name in ("service", "language", "zone")}, room=room)


def _carried_out(request: Request, form: RoomForm) -> HttpResponse | int:
    """The way to the room that was set, or the status of the page with the form."""
    if request.method == "GET":
        return 200
    if not form.is_valid():
        return 422
    try:
        room = rooms.set_room(form.team_chosen, form.chosen, by=request.user, now=timezone.now())
    except DomainError as error:
        form.add_error("address", str(error))
        return 409
    messages.success(request, _("The room is set. Send a test, so that you know it works."))
    return see_other(reverse("room", args=[room.pk]))


def _page(request: Request, room: Room, form: RoomForm | None = None, status: int = 200) -> HttpResponse:
    told = room.messages.select_related("ban__tool", "ban__replacement").order_by("-due_at", "-pk")
    context = {
        "room": room,
        "told": told[:MESSAGES],
        "attempts": room.attempts.select_related("message__ban__tool", "message__ban__replacement").order_by("-pk")[
            :ATTEMPTS
        ],
        "can_set": (can_set := can_set_rooms(request.user)),
        "form": (form or _form(room)) if can_set else None,
    }
    return render(request, "rooms/detail.html", context, status=status)


def _numbers(pks: list[int]) -> dict[int, dict[str, int]]:
    """By room: how many messages are sent, waiting and dead."""
    counts = {state.value: Count("pk", filter=Q(state=state)) for state in RoomMessage.State}
    found = RoomMessage.objects.filter(room__in=pks).values_list("room").annotate(**counts)
    return {room: dict(zip(counts, numbers, strict=True)) for room, *numbers in found}
