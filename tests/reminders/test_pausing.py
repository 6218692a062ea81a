import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from migration_planner.lib.errors import DomainError
from migration_planner.planning import publishing
from migration_planner.planning.models import Event
from migration_planner.reminders.balancing import of_ban
from migration_planner.reminders.models import Heartbeat, Mail, Pause, Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.pausing import pause, paused, resume
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import tick
from tests.conftest import NOW

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)  # nine in Shanghai
EVENING = datetime(2026, 11, 3, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def second(owner: Any, acme: Any, ban: Any, now: datetime) -> Any:
    """A second ban over the same people."""
    from datetime import date, time

    from migration_planner.planning.drafting import draft_ban
    from migration_planner.planning.playbooks import find

    other = draft_ban(find("any-tool"), by=owner, now=now, owners=[owner], tool="Slow Chat", replacement="Quick Chat")
    other.set_cutoff(date(2026, 11, 30), time(18), "Asia/Shanghai")
    other.reason = "It is slow."
    other.save()
    other.audience_teams.create(team=acme)
    publishing.publish(other, by=owner, now=now)
    return other


def text(mailbox: Any, person: Any) -> str:
    return str(mailbox.to(person)[-1].get_body(("plain",)).get_content())


def test_one_paused_ban_sends_nothing_loses_nothing_and_goes_on_where_it_was(
    ban: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    pause(by=owner, now=NOW, why="The licences are late.", ban=ban)
    tick(now=MORNING)
    assert mailbox.raw == []
    assert of_ban(ban, now=MORNING).waiting == of_ban(ban, now=MORNING).due > 0
    assert resume(by=owner, now=EVENING, ban=ban)
    tick(now=EVENING)
    assert mailbox.subjects(employee) == ["Move off Old Editor by 30 Nov 2026: 3 steps"]
    assert of_ban(ban, now=EVENING).adds_up


def test_a_mail_about_two_bans_goes_without_the_paused_one_which_follows_later(
    ban: Any, second: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    plan(now=NOW)
    pause(by=owner, now=NOW, why="The licences are late.", ban=ban)
    tick(now=MORNING)
    assert "Slow Chat" in text(mailbox, employee)
    assert "Old Editor" not in text(mailbox, employee)
    announcement = Reminder.objects.get(person=employee, ban=ban, kind="announcement")
    assert (announcement.state, announcement.mail) == ("waiting", None)
    resume(by=owner, now=EVENING, ban=ban)
    tick(now=EVENING)
    tick(now=MORNING + timedelta(days=1))
    assert "Old Editor" in text(mailbox, employee)
    assert len(mailbox.to(employee)) == 2


def test_a_frozen_mail_is_written_anew_without_the_ban_that_was_paused_meanwhile(
    ban: Any, second: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    tick(now=MORNING)
    before = Mail.objects.get(person=employee, state="waiting", day="2026-11-03").message_id
    pause(by=owner, now=MORNING, why="Wrong scope.", ban=second)
    mailbox.at_rcpt.clear()
    assert drain(now=MORNING + MINUTE).sent == 0
    tick(now=MORNING + 2 * MINUTE)
    assert "Slow Chat" not in text(mailbox, employee)
    assert mailbox.to(employee)[0]["Message-ID"] != before


def test_a_pause_between_the_claim_and_the_handing_over_stops_the_mail(
    ban: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    plan(now=NOW)
    paused = []

    def stop() -> bool:
        if mailbox.raw and not paused:  # after the batch was claimed and its first mail sent
            paused.append(pause(by=owner, now=MORNING, why="Stop.", ban=ban))
        return False

    drained = drain(now=MORNING, stop=stop)
    assert (drained.sent, len(mailbox.raw)) == (1, 1)
    assert Mail.objects.waiting().due(MORNING).count() == 2
    assert not Mail.objects.exclude(lease_token=None).exists()


def test_a_sender_that_is_paused_lives_and_says_so(ban: Any, administrator: Any, mailbox: Any) -> None:
    pause(by=administrator, now=NOW, why="The server moves.")
    assert tick(now=MORNING).drained.stopped == "paused"
    assert Heartbeat.objects.filter(pk="sender", trouble="").exists()


def test_pausing_and_going_on_stand_in_history_with_their_reason(ban: Any, owner: Any) -> None:
    pause(by=owner, now=NOW, why=" The licences are late. ", ban=ban)
    assert paused(ban).why == "The licences are late."  # type: ignore[union-attr]
    assert paused() is None
    resume(by=owner, now=NOW, ban=ban)
    verbs = ban.events.filter(verb__startswith="mail_").order_by("pk").values_list("verb", "actor", "why")
    assert list(verbs) == [("mail_paused", owner.pk, "The licences are late."), ("mail_resumed", owner.pk, "")]
    assert not resume(by=owner, now=NOW, ban=ban)
    assert Event.objects.filter(verb="mail_resumed").count() == 1


def test_a_pause_needs_a_reason_and_a_ban_that_sends_and_is_made_once(draft: Any, owner: Any) -> None:
    for why, ban, words in ((" ", None, "Say why"), ("Because.", draft, "A draft sends no mail")):
        with pytest.raises(DomainError, match=words):
            pause(by=owner, now=NOW, why=why, ban=ban)
    pause(by=owner, now=NOW, why="Because.")
    with pytest.raises(DomainError, match="paused already"):
        pause(by=owner, now=NOW, why="Because.")
    assert (Pause.objects.count(), Event.objects.filter(verb="mail_paused").count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_pause_at_once_one_does(ban: Any, owner: Any) -> None:
    said = []

    def go() -> None:
        try:
            pause(by=owner, now=NOW, why="Stop.", ban=ban)
            said.append("done")
        except DomainError:
            said.append("refused")
        connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["done", "refused"]
    assert Event.objects.filter(verb="mail_paused").count() == 1
