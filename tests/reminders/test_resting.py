from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from migration_planner.planning import audience
from migration_planner.reminders.models import Heartbeat, Mail, Rest
from migration_planner.reminders.resting import PATIENCE
from migration_planner.reminders.ticking import tick

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def people_of(domain: str, count: int, ban: Any, search: Any, person: Callable[..., Any], mailbox: Any) -> None:
    """So many people more in the audience, whose domain defers everything."""
    for number in range(count):
        one = person(f"p{number}", home=search, zone="Asia/Shanghai")
        one.email = f"p{number}@{domain}"
        one.save(update_fields=["email"])
        mailbox.at_rcpt[one.email] = "451 4.7.1 Too many from you"
    audience.follow(ban, now=ban.published_at)


def of_domain(domain: str) -> Any:
    return Mail.objects.filter(person__email__endswith=f"@{domain}", due_at__lte=MORNING)


def test_a_domain_that_defers_rests_and_its_mails_stay_untouched_while_others_go(
    ban: Any, search: Any, person: Any, mailbox: Any
) -> None:
    people_of("slow.example", 20, ban, search, person, mailbox)
    drained = tick(now=MORNING).drained
    assert (drained.deferred, drained.sent) == (PATIENCE[False], 3)
    assert of_domain("slow.example").filter(tries=0, lease_token=None, state="waiting").count() == 20 - PATIENCE[False]
    assert tick(now=MORNING).drained.deferred == 0


def test_each_rest_is_longer_than_the_one_before_and_the_first_message_taken_ends_it(
    ban: Any, search: Any, person: Any, mailbox: Any
) -> None:
    people_of("slow.example", 20, ban, search, person, mailbox)
    tick(now=MORNING)
    first = Rest.objects.get(scope="slow.example")
    Rest.objects.update(until=F("until") - HOUR)
    assert tick(now=MORNING).drained.deferred == 1
    second = Rest.objects.get(scope="slow.example")
    assert second.until - first.until > timedelta(seconds=20)
    Rest.objects.update(until=F("until") - HOUR)
    mailbox.at_rcpt.clear()
    assert tick(now=MORNING + HOUR).drained.sent == 20
    assert not Rest.objects.exists()


def test_a_server_that_takes_nothing_is_left_alone_too_and_the_heartbeat_goes_on_saying_why(
    ban: Any, mailbox: Any
) -> None:
    mailbox.at_mail = "550 5.7.1 Sender refused"
    for _ in range(PATIENCE[True]):
        tick(now=MORNING)
    mailbox.at_mail = None
    assert "Sender refused" in tick(now=MORNING).drained.stopped
    assert "Sender refused" in Heartbeat.objects.get(pk="sender").trouble
    Rest.objects.update(until=F("until") - HOUR)
    assert tick(now=MORNING).drained.sent == 3
    assert Heartbeat.objects.get(pk="sender").trouble == ""
    assert not Rest.objects.exists()
