"""Rooms: a team reads its announcement and its figures in its chat, judged by what the service answers."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from time import sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from migration_planner.lib.errors import DomainError
from migration_planner.planning import publishing
from migration_planner.planning.models import Event
from migration_planner.reminders import pausing, rooms, rooms_planning, rooms_sending, rooms_services
from migration_planner.reminders.management.commands import send_loop
from migration_planner.reminders.models import Room, RoomAttempt, RoomMessage
from migration_planner.reminders.rooms import Chosen
from migration_planner.reminders.rooms_sending import MOST_TRIES, Written
from migration_planner.reminders.statements import clock
from migration_planner.reminders.ticking import tick
from tests.reminders.chat import NO, YES, Chat, chat

#: Published on Monday, 2 November 2026, 08:00 UTC; the room's clock shows UTC, so it reads of it at nine.
NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
MONDAY = datetime(2026, 11, 9, 9, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[Chat]:
    with chat() as running:
        yield running


@pytest.fixture
def make(administrator: Any, now: datetime, service: Chat) -> Callable[..., Room]:
    """Give a team a room at the service: make(team, "dingtalk", secret="SEC")."""

    def give(team: Any, kind: str = "slack", *, secret: str = "", language: str = "en") -> Room:
        service.answer = YES[kind]
        chosen = Chosen(kind, service.url(), secret, language, "UTC")
        return rooms.set_room(team, chosen, by=administrator, now=now - timedelta(hours=1))

    return give


def pass_of(moment: datetime) -> Written:
    rooms_planning.plan(now=moment)
    return rooms_sending.write(now=moment)


def only(**about: Any) -> RoomMessage:
    return RoomMessage.objects.get(**about)


@pytest.mark.parametrize("kind", YES)
def test_each_service_takes_its_own_form_and_no_person_is_named(
    kind: str, make: Any, search: Any, draft: Any, owner: Any, lead: Any, employee: Any, now: datetime, service: Chat
) -> None:
    make(search, kind)
    publishing.publish(draft, by=owner, now=now)
    assert pass_of(NINE) == Written(sent=1)
    assert pass_of(MONDAY) == Written(sent=1)
    announced, figures = service.texts
    assert "Old Editor is banned: move to New Editor" in announced
    assert f"/bans/{draft.pk}/" in announced
    assert "Search: 2 of 2 people still to move off Old Editor" in figures
    assert f"/bans/{draft.pk}/teams/{search.pk}/" in figures
    assert "Migration Planner" in announced
    for text in (announced, figures):
        for person in (owner, lead, employee):
            assert person.name not in text
            assert person.email not in text
        assert draft.reason not in text  # owners write it, and may name somebody
    shape = {"dingtalk": "msgtype", "feishu": "msg_type", "wecom": "msgtype", "slack": "text", "teams": "attachments"}
    assert all(shape[kind] in body for _path, body in service.posts)


def test_a_room_of_a_team_above_reads_the_figures_of_all_below_and_other_teams_have_none(
    make: Any, acme: Any, ban: Any, service: Chat
) -> None:
    make(acme)
    pass_of(MONDAY)
    assert "Acme: 3 of 3 people" in service.texts[-1]
    assert set(RoomMessage.objects.values_list("room__team", flat=True)) == {acme.pk}


def test_teams_without_a_room_and_bans_that_do_not_touch_a_team_lead_to_no_message(
    make: Any, team: Any, ban: Any, service: Chat
) -> None:
    assert pass_of(MONDAY) == Written()
    make(team("Other"))
    assert pass_of(MONDAY) == Written()
    assert (service.posts, RoomMessage.objects.count()) == ([], 0)


def test_names_that_look_like_marks_call_nobody() -> None:
    words = rooms_services.Words("<!channel> & *all*", ('<at user_id="all">x</at>',), "https://p.example/")
    posted = {kind: rooms_services.SERVICES[Room.Service(kind)].payload(words) for kind in YES}
    assert posted["slack"]["text"].startswith("&lt;!channel&gt; &amp; *all*")
    assert posted["slack"]["mrkdwn"] is False
    assert "<at" not in str(posted["feishu"])
    assert "at" not in posted["dingtalk"]
    card = posted["teams"]["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}


def test_wecom_gets_no_more_than_it_takes_and_the_link_stays_whole() -> None:
    words = rooms_services.Words("搜" * 900, ("索" * 900,), "https://p.example/bans/1/")
    content = rooms_services.SERVICES[Room.Service.WECOM].payload(words)["text"]["content"]
    assert len(content.encode()) <= 2_048
    assert content.endswith("\nhttps://p.example/bans/1/")


@pytest.mark.parametrize(
    ("kind", "answer", "final"), NO, ids=[f"{kind} {answer[1][:24]}" for kind, answer, _final in NO]
)
def test_the_words_of_the_service_decide_whether_it_was_taken(
    kind: str, answer: tuple[int, str], final: bool, make: Any, search: Any, ban: Any, service: Chat
) -> None:
    make(search, kind)
    service.answer = answer
    assert pass_of(NINE) == (Written(dead=1) if final else Written(deferred=1))
    message, attempt = only(kind="announcement"), RoomAttempt.objects.get()
    assert (message.state, message.reason) == (("dead", "refused") if final else ("waiting", ""))
    assert (attempt.taken, attempt.status) == (False, answer[0])
    assert attempt.text[:40] == answer[1][:40]
    assert len(service.posts) == 1  # a redirect is not followed


def test_what_was_deferred_goes_later_and_later_and_is_given_up_at_last(
    make: Any, search: Any, ban: Any, service: Chat
) -> None:
    make(search)
    service.answer = (503, "busy")
    moment, waits = NINE, []
    while pass_of(moment).deferred:
        waits.append(only(kind="announcement").not_before - moment)
        assert pass_of(moment + waits[-1] - timedelta(seconds=1)) == Written()
        moment += waits[-1]
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(waits) == timedelta(hours=1)
    assert (only(kind="announcement").reason, RoomAttempt.objects.count()) == ("given_up", MOST_TRIES)


def test_a_room_that_deferred_one_message_is_left_alone_for_the_others(
    make: Any, search: Any, sales: Any, person: Any, ban: Any, service: Chat
) -> None:
    make(search)
    rooms_planning.plan(now=NINE)
    RoomMessage.objects.update(due_at=NINE, not_before=NINE)
    assert RoomMessage.objects.count() == 2
    service.answer = (429, "slow down")
    assert rooms_sending.write(now=NINE) == Written(deferred=1)
    assert len(service.posts) == 1


def test_nothing_goes_when_nobody_answers_and_the_ledger_says_so(
    make: Any, search: Any, ban: Any, service: Chat
) -> None:
    room = make(search)
    Room.objects.filter(pk=room.pk).update(address=rooms.seal("http://127.0.0.1:1/hook"))
    assert pass_of(NINE) == Written(deferred=1)
    attempt = RoomAttempt.objects.get()
    assert (attempt.status, attempt.text) == (None, "Connection refused")


def test_nothing_goes_after_the_withdrawal_and_a_reopened_ban_is_told_of_again(
    make: Any, search: Any, ban: Any, owner: Any, service: Chat
) -> None:
    make(search)
    rooms_planning.plan(now=NINE)
    ban.withdraw(by=owner, now=NINE, why="A mistake.")
    # Even where the clock has not planned since: the sender looks again.
    assert rooms_sending.write(now=MONDAY) == Written(cancelled=2)
    assert set(RoomMessage.objects.values_list("state", "reason")) == {("cancelled", "ended")}
    assert pass_of(MONDAY) == Written()
    ban.reopen(by=owner, now=NINE + timedelta(hours=3), why="It was none.")
    assert pass_of(MONDAY - timedelta(days=1)) == Written()
    assert pass_of(MONDAY) == Written(sent=1)
    assert len(service.posts) == 1


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_comes_first_is_never_overtaken_and_none_waits_for_the_answer(
    make: Any, search: Any, ban: Any, owner: Any, service: Chat
) -> None:
    """While the service thinks about its answer, the owner withdraws: at once, though the words are under way."""
    make(search)
    withdrawn: list[bool] = []

    def withdraw() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        ban.withdraw(by=owner, now=NINE, why="A mistake.")
        withdrawn.append(True)
        connection.close()

    service.before_answer = withdraw
    assert pass_of(NINE) == Written(sent=1)
    assert withdrawn == [True]
    service.before_answer = lambda: None
    assert pass_of(MONDAY) == Written()
    assert len(service.posts) == 1


def test_a_message_is_written_once_however_many_clocks_run(make: Any, search: Any, ban: Any, service: Chat) -> None:
    make(search)
    for _clock in range(3):
        rooms_planning.plan(now=NINE)
    first = rooms_sending.claim(now=NINE)
    assert first is not None
    assert rooms_sending.claim(now=NINE) is None
    RoomMessage.objects.filter(pk=first[0]).update(lease_until=NINE - timedelta(days=99))  # whoever claimed it died
    assert pass_of(NINE) == Written(sent=1)
    assert pass_of(NINE) == Written()
    assert len(service.posts) == 1


def test_a_team_that_is_done_hears_no_more_figures(
    make: Any, search: Any, ban: Any, lead: Any, employee: Any, service: Chat
) -> None:
    make(search)
    rooms_planning.plan(now=MONDAY - timedelta(days=1))
    ban.migrations.filter(team=search).update(done=2)
    assert rooms_sending.write(now=MONDAY).cancelled == 2
    assert set(RoomMessage.objects.filter(due_at__lte=MONDAY).values_list("reason", flat=True)) == {"not_meant"}
    assert service.posts == []


def test_late_figures_are_not_written_and_a_long_silence_brings_no_burst(
    make: Any, search: Any, ban: Any, service: Chat
) -> None:
    make(search)
    rooms_planning.plan(now=NINE)
    late = MONDAY + timedelta(days=17, hours=1)  # a Thursday; the clock stood still for weeks
    assert pass_of(late) == Written(sent=1, cancelled=1)  # the announcement, for the cutoff is still to come
    assert "is banned" in service.texts[0]
    after_cutoff = MONDAY + timedelta(days=28)
    assert pass_of(after_cutoff) == Written(sent=1, cancelled=1)
    assert "The deadline was" in service.texts[-1]


def test_pauses_hold_rooms_too(make: Any, search: Any, ban: Any, owner: Any, administrator: Any, service: Chat) -> None:
    make(search)
    pausing.pause(by=owner, now=NINE, why="Wrong scope.", ban=ban)
    assert pass_of(NINE) == Written()
    pausing.resume(by=owner, now=NINE, ban=ban)
    pausing.pause(by=administrator, now=NINE, why="The server moves.")
    assert pass_of(NINE) == Written()
    pausing.resume(by=administrator, now=NINE)
    assert pass_of(NINE) == Written(sent=1)


def test_dingtalk_and_feishu_are_signed_where_the_robot_asks_for_it(
    make: Any, search: Any, ban: Any, service: Chat
) -> None:
    make(search, "dingtalk", secret="SEC1")
    rooms_planning.plan(now=NINE)
    rooms_sending.write(now=NINE)
    path, body = service.posts[-1]
    assert "timestamp=" in path
    assert "sign=" in path
    make(search, "feishu", secret="SEC1")
    rooms_sending.write(now=MONDAY)
    path, body = service.posts[-1]
    assert "sign" not in path
    assert {"timestamp", "sign"} <= set(body)


def test_a_signature_is_made_of_the_moment_and_the_secret() -> None:
    at = datetime.fromtimestamp(1_599_360_473, UTC)
    words = rooms_services.Words("t", (), "u")
    ding = rooms_services.post(
        "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=x", words, secret="s", at=at
    )
    assert "access_token=x&timestamp=1599360473000&sign=" in ding.url
    mac = hmac.new(b"s", b"1599360473000\ns", hashlib.sha256).digest()
    assert parse_qs(urlsplit(ding.url).query)["sign"] == [base64.b64encode(mac).decode()]


def test_an_address_is_sealed_and_never_shown_in_history_or_ledger(
    make: Any, search: Any, ban: Any, service: Chat, administrator: Any
) -> None:
    room = make(search)
    service.answer = (404, f"no_service {service.url()}")
    rooms.try_out(room, by=administrator, now=NINE)
    told = str(list(Event.objects.values_list("data", flat=True))) + RoomAttempt.objects.get().text + room.hint
    assert "secret-token" not in told
    assert b"secret-token" not in bytes(Room.objects.get().address)
    assert room.hint == "127.0.0.1 … 1234"
    verbs = list(rooms.history().values_list("verb", flat=True))
    assert verbs == ["room_tested", "room_set"]


def test_after_a_change_of_the_secret_key_rooms_are_sealed_anew_and_those_without_their_key_say_so(
    make: Any, search: Any, ban: Any, service: Chat, settings: Any
) -> None:
    make(search)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + "y" * 40
    settings.SECRET_KEY_FALLBACKS = [old]
    rooms_planning.plan(now=NINE)
    settings.SECRET_KEY_FALLBACKS = []
    assert rooms_sending.write(now=NINE) == Written(sent=1)
    settings.SECRET_KEY = "a-third-key-" + "z" * 40
    assert pass_of(MONDAY) == Written(dead=1)
    assert only(kind="figures", state="dead").reason == "unreadable"


def test_a_removed_room_forgets_its_address_and_hears_nothing_more(
    make: Any, search: Any, ban: Any, administrator: Any, service: Chat
) -> None:
    room = make(search)
    rooms_planning.plan(now=NINE)
    assert rooms.remove(room, by=administrator, now=NINE)
    assert not rooms.remove(room, by=administrator, now=NINE)
    room.refresh_from_db()
    assert bytes(room.address) == b""
    assert pass_of(MONDAY) == Written()
    assert set(RoomMessage.objects.values_list("reason", flat=True)) == {"removed"}
    with pytest.raises(DomainError):
        rooms.try_out(room, by=administrator, now=NINE)
    make(search)  # the team may have another one
    assert pass_of(MONDAY).sent


def test_a_dead_message_is_tried_again_when_somebody_says_so(
    make: Any, search: Any, ban: Any, owner: Any, administrator: Any, service: Chat
) -> None:
    make(search)
    service.answer = (404, "no_service")
    pass_of(NINE)
    service.answer = YES["slack"]
    assert pass_of(NINE) == Written()
    rooms.try_again(only(kind="announcement"), by=administrator, now=NINE)
    with pytest.raises(DomainError):
        rooms.try_again(only(kind="announcement"), by=administrator, now=NINE)
    assert pass_of(NINE) == Written(sent=1)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("slack", "https://hooks.slack.com.evil.example/x"),
        ("slack", "https://oapi.dingtalk.com/robot/send?access_token=x"),
        ("teams", "https://logic.azure.com.evil.example/x"),
        ("teams", "https://evillogic.azure.com/x"),
        ("wecom", "http://qyapi.weixin.qq.com/x"),
        ("feishu", "https://127.0.0.1/open-apis/bot/v2/hook/x"),
    ],
)
def test_only_addresses_of_the_service_are_taken(
    kind: str, address: str, search: Any, administrator: Any, settings: Any
) -> None:
    settings.LOCAL_MODE = False
    with pytest.raises(DomainError):
        rooms.set_room(search, Chosen(kind, address, "", "en", "UTC"), by=administrator, now=NINE)


def test_outside_of_local_mode_a_name_that_leads_to_this_machine_is_refused_when_it_is_called(
    make: Any, search: Any, ban: Any, settings: Any, service: Chat
) -> None:
    room = make(search)
    Room.objects.filter(pk=room.pk).update(address=rooms.seal("https://localhost/hook"))
    settings.LOCAL_MODE = False
    assert pass_of(NINE) == Written(dead=1)
    assert only(kind="announcement").reason == "forbidden"


@pytest.mark.parametrize("statement", ["UPDATE {} SET taken = false", "DELETE FROM {}"])
def test_the_ledger_of_answers_is_only_added_to(statement: str, make: Any, search: Any, ban: Any) -> None:
    make(search)
    pass_of(NINE)
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("reminders_roomattempt"))


def test_the_clock_writes_after_the_mail_and_asks_little_where_there_is_no_room(
    make: Any, search: Any, ban: Any, mailbox: Any, service: Chat
) -> None:
    with CaptureQueriesContext(connection) as asked:
        pass_of(NINE)
    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= 4
    make(search)
    ticked = tick(now=NINE)
    assert ticked.rooms == Written(sent=1)
    assert len(service.posts) == 1


def test_a_room_speaks_its_own_language_by_its_own_clock(
    make: Any, search: Any, ban: Any, service: Chat, administrator: Any
) -> None:
    chosen = Chosen("slack", service.url(), "", "zh-hans", "Asia/Shanghai")
    rooms.set_room(search, chosen, by=administrator, now=NINE - timedelta(days=1))
    rooms_planning.plan(now=NINE)
    assert only(kind="announcement").due_at == datetime(2026, 11, 3, 1, tzinfo=UTC)  # nine in Shanghai
    assert only(kind="figures").due_at == MONDAY - timedelta(hours=8)
    rooms_sending.write(now=MONDAY)
    assert "Asia/Shanghai" in service.texts[0]
    assert "星期一" in service.texts[0]


def test_mail_goes_though_a_chat_service_hangs_for_good(
    make: Any, search: Any, ban: Any, mailbox: Any, service: Chat, monkeypatch: Any
) -> None:
    make(search)
    monkeypatch.setattr("migration_planner.lib.outbound.ANSWER_SECONDS", 0.1)
    service.before_answer = lambda: sleep(0.3)
    ticked = tick(now=datetime(2026, 11, 3, 9, tzinfo=UTC))
    assert (ticked.drained.sent, ticked.rooms) == (3, Written(deferred=1))


def test_the_send_loop_writes_into_rooms_by_itself(
    make: Any, search: Any, ban: Any, mailbox: Any, service: Chat, monkeypatch: Any
) -> None:
    monkeypatch.setattr(send_loop, "close_old_connections", lambda: None)  # the test's own is to stay
    due = clock()
    told = {"kind": "figures", "week": due.date(), "due_at": due, "not_before": due}
    RoomMessage.objects.create(room=make(search), ban=ban, **told)
    send_loop.Command()._pass(Signal(), 60)
    assert any("Search: 2 of 2 people" in text for text in service.texts)
