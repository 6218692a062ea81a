"""So many mails in any 24 hours, and no more, however many senders there are."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from migration_planner.planning import publishing
from migration_planner.planning.models import Ban
from migration_planner.reminders import daily
from migration_planner.reminders.claiming import claim
from migration_planner.reminders.governing import Limits
from migration_planner.reminders.models import Mail, Quota
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.statements import clock, run
from migration_planner.reminders.ticking import tick


@pytest.fixture
def due(draft: Ban, owner: Any, person: Any, search: Any, now: datetime) -> datetime:
    """Ten announcements wait; when all of them are due."""
    for number in range(7):
        person(f"p{number}", home=search, zone="Asia/Shanghai")
    publishing.publish(draft, by=owner, now=now)
    plan(now=now)
    return now + timedelta(days=1)


def test_the_day_is_kept_to_exactly_and_the_rest_goes_when_it_is_over(
    due: datetime, mailbox: Any, settings: Any
) -> None:
    settings.MAIL_PER_DAY = 4
    assert drain(now=due).sent == 4
    assert drain(now=due).sent == 0
    day = daily.today(4)
    assert day is not None
    assert (day.used, day.is_over) == (4, True)
    assert day.again_at is not None
    assert timedelta(hours=24) <= day.again_at - clock() <= timedelta(hours=24, minutes=20)
    run("UPDATE reminders_quota SET slot = slot - interval '24 hours 25 minutes'")
    assert drain(now=due).sent == 4
    settings.MAIL_PER_DAY = 0
    assert drain(now=due).sent == 2
    assert len(mailbox.raw) == 10


def test_what_was_claimed_and_not_handed_over_is_given_back(due: datetime, mailbox: Any, settings: Any) -> None:
    settings.MAIL_PER_DAY = 8
    asked = iter([False, False, False, True])
    assert drain(now=due, stop=lambda: next(asked, True)).sent < 8
    assert Quota.objects.get().used == len(mailbox.raw)
    mailbox.at_mail = "550 Sender refused"
    drain(now=due)
    assert Quota.objects.get().used == len(mailbox.raw)


def test_loading_the_demo_is_not_held_up_by_the_limits(due: datetime, mailbox: Any, settings: Any) -> None:
    settings.MAIL_PER_DAY, settings.MAIL_PER_MINUTE = 1, 1
    assert tick(now=due, limits=Limits()).drained.sent == 10


@pytest.mark.django_db(transaction=True)
def test_two_senders_together_keep_to_the_day(due: datetime, settings: Any) -> None:
    settings.MAIL_PER_DAY = 6
    claimed: list[int] = []

    def send() -> None:
        for _each in range(3):
            found = claim(now=due)
            claimed.extend(found.mails if found else [])
        connection.close()

    threads = [Thread(target=send) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 6
    assert Mail.objects.filter(lease_token__isnull=False).count() == 6
