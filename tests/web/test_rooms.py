"""Rooms as administrators set, test and remove them; the Mail page says what became of the messages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning.models import Event
from migration_planner.reminders import rooms_planning, rooms_sending
from migration_planner.reminders.models import Room, RoomAttempt, RoomMessage
from tests.reminders.chat import YES, Chat, chat

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[Chat]:
    with chat() as running:
        yield running


def form(service: Chat, **more: str) -> dict[str, str]:
    chosen = {"service": "slack", "address": service.url(), "language": "en", "zone": "UTC"}
    return {"team": "Acme/Engineering/Search", **chosen, **more}


def page_of(client: Any, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def room(client: Any, administrator: Any, search: Any, ban: Any, service: Chat) -> Room:
    """Set by the administrator, who stays signed in; made before the ban was published."""
    client.force_login(administrator)
    answer = client.post(reverse("room-new"), form(service))
    made = Room.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("room", args=[made.pk]))
    Room.objects.update(made_at=ban.published_at)
    return made


def test_an_administrator_sets_a_room_and_no_page_shows_its_address_again(
    client: Any, room: Room, auditor: Any, service: Chat
) -> None:
    pages = [page_of(client, "room", room.pk), page_of(client, "rooms"), page_of(client, "mails")]
    client.force_login(auditor)
    theirs = [page_of(client, "room", room.pk), page_of(client, "rooms"), page_of(client, "mails")]
    assert all("secret-token" not in page and str(service.port) not in page for page in [*pages, *theirs])
    assert "127.0.0.1 … 1234" in theirs[1]
    assert "Send a test" in pages[0]
    assert "Send a test" not in theirs[0]
    assert "Adam</strong> set a room" in theirs[1]
    answer = client.post(reverse("room-removal", args=[room.pk]))
    assert answer.status_code == 403
    assert Room.objects.in_use().exists()


def test_what_is_wrong_with_a_form_is_said_beside_its_field_and_sets_nothing(
    client: Any, administrator: Any, search: Any, service: Chat
) -> None:
    client.force_login(administrator)
    answer = client.post(reverse("room-new"), form(service, team="Acme/Nowhere"))
    assert answer.status_code == 422
    assert "No team, or more than one, is meant by this." in answer.content.decode()
    away = "https://hooks.slack.com/services/T0/B0/secret-token"
    answer = client.post(reverse("room-new"), form(service, address=away))
    assert answer.status_code == 409
    assert "In local mode nothing leaves this machine." in answer.content.decode()
    answer = client.post(reverse("room-new"), form(service, secret="S"))
    assert "Only robots of DingTalk and Feishu sign." in answer.content.decode()
    assert not Room.objects.exists()


def test_a_test_is_written_at_once_and_its_answer_stands_on_the_page(client: Any, room: Room, service: Chat) -> None:
    service.answer = (404, "no_service")
    page = client.post(reverse("room-test", args=[room.pk]), follow=True).content.decode()
    assert "The test did not arrive." in page
    assert "404 no_service" in page
    service.answer = YES["slack"]
    page = client.post(reverse("room-test", args=[room.pk]), follow=True).content.decode()
    assert "The service took the test." in page
    assert "this room hears how Search moves" in service.texts[-1]
    assert list(RoomAttempt.objects.order_by("pk").values_list("taken", "message")) == [(False, None), (True, None)]
    assert "The service did not take it." in page_of(client, "rooms")


def test_a_dead_message_stands_on_the_mail_page_with_its_reason_and_goes_when_tried_again(
    client: Any, room: Room, owner: Any, service: Chat, ban: Any, auditor: Any
) -> None:
    assert "Will not go by themselves" not in page_of(client, "mails")
    service.answer = (404, "no_service")
    rooms_planning.plan(now=NINE)
    rooms_sending.write(now=NINE)
    page = page_of(client, "mails")
    assert "Will not go by themselves" in page
    assert "the chat service refuses it" in page
    assert "404 no_service" in page
    message = RoomMessage.objects.get(state="dead")
    client.force_login(auditor)
    assert "Try again" not in page_of(client, "mails")
    client.force_login(room.set_by)
    service.answer = YES["slack"]
    assert client.post(reverse("room-message", args=[room.pk, message.pk])).status_code == 303
    assert client.post(reverse("room-message", args=[room.pk, message.pk])).status_code == 409
    message.refresh_from_db()
    rooms_sending.write(now=message.not_before)
    assert "Will not go by themselves" not in page_of(client, "mails")
    ban.withdraw(by=owner, now=message.not_before, why="A mistake.")
    assert page_of(client, "room", room.pk).count("Try again") == 0


def test_a_room_gets_another_address_and_is_removed(client: Any, room: Room, service: Chat) -> None:
    other = {**form(service), "service": "wecom", "address": service.url("/other/abcd9876")}
    assert client.post(reverse("room", args=[room.pk]), other).status_code == 303
    assert "127.0.0.1 … 9876" in page_of(client, "room", room.pk)
    assert client.post(reverse("room", args=[room.pk]), {**other, "zone": "Nowhere"}).status_code == 422
    kept = {**other, "address": "", "zone": "Asia/Shanghai"}
    assert client.post(reverse("room", args=[room.pk]), kept).status_code == 303
    client.post(reverse("room-test", args=[room.pk]))
    assert [path for path, _body in service.posts] == ["/other/abcd9876"]
    for wrong in ({"service": "slack"}, {"secret": "S"}):  # another service or secret wants its address
        assert client.post(reverse("room", args=[room.pk]), {**kept, **wrong}).status_code == 409
    assert Room.objects.in_use().values_list("zone", "service").get() == ("Asia/Shanghai", "wecom")
    assert client.post(reverse("room-removal", args=[room.pk])).status_code == 303
    assert client.get(reverse("room", args=[room.pk])).status_code == 404
    assert "No team has a room" in page_of(client, "rooms")
    assert list(Event.objects.filter(verb__startswith="room").values_list("verb", flat=True)) == [
        "room_set",
        "room_set",
        "room_set",
        "room_tested",
        "room_removed",
    ]


def test_pages_about_rooms_ask_the_same_number_of_questions_however_many_there_are(
    client: Any, room: Room, team: Any, service: Chat, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        client.post(reverse("room-new"), form(service, team=team(f"Acme/Team {number}").path))
    with django_assert_max_num_queries(9):
        page_of(client, "rooms")
    with django_assert_max_num_queries(9):
        page_of(client, "room", room.pk)
