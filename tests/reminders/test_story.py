"""A ban from its announcement past its cutoff, with people joining, finishing and leaving on the way."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Min

from migration_planner.people.models import User
from migration_planner.planning import audience
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Checklist, Mark
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.reports import Asked, counts, listed, of_person
from migration_planner.reminders.ticking import tick

ZONES = ["Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
END = datetime(2026, 12, 10, tzinfo=UTC)


def test_a_ban_runs_its_course_and_the_balance_holds_on_every_day(
    ban: Any, person: Any, search: Any, sales: Any, mailbox: Any, now: datetime
) -> None:
    dice = random.Random(7)
    for number in range(24):
        home = dice.choice([search, sales])
        person(f"p{number}", home=home, zone=dice.choice(ZONES), reminder_hour=dice.choice([7, 9]))
    audience.follow(ban, now=now)
    done_at: dict[str, datetime] = {}
    moment = now
    while moment < END:
        tick(now=moment)
        numbers = counts(ban)
        assert numbers.due == Reminder.objects.filter(ban=ban).count()
        assert numbers.mails_sent == len(mailbox.raw)
        live(dice, ban, moment, done_at)
        due = Mail.objects.waiting().filter(not_before__gt=moment).aggregate(first=Min("not_before"))["first"]
        moment = min(due or END, moment + timedelta(hours=24))
    assert_everybody_was_treated_well(ban, mailbox, done_at)


def live(dice: random.Random, ban: Any, moment: datetime, done_at: dict[str, datetime]) -> None:
    """Between two ticks somebody may finish, and somebody may leave."""
    open_ones = list(Checklist.objects.live().unfinished().select_related("person").order_by("pk"))
    if open_ones and dice.random() < 0.1:
        checklist = dice.choice(open_ones)
        for step in checklist.steps().filter(required=True):
            checklist.mark(step, Mark.State.DONE, by=checklist.person, now=moment)
        done_at[checklist.person.email] = moment
    if open_ones and dice.random() < 0.02:
        leaver = dice.choice(open_ones).person
        User.objects.filter(pk=leaver.pk).update(is_active=False)
        audience.follow(ban, now=moment)
        done_at[leaver.email] = moment


def assert_everybody_was_treated_well(ban: Any, mailbox: Any, done_at: dict[str, datetime]) -> None:
    assert len(done_at) > 5
    assert not differences(ban)
    told = Mail.objects.filter(state="sent").select_related("person")
    for mail in told:
        assert mail.sent_at is not None
        local = mail.sent_at.astimezone(mail.person.zone_info)
        assert (local.hour, local.minute, local.date()) == (mail.person.reminder_hour, 0, mail.day)
        assert mail.sent_at <= done_at.get(mail.person.email, END)
    per_day = told.values("person", "day").annotate(n=Count("pk"))
    assert {row["n"] for row in per_day} == {1}
    assert Counter(recipient for recipient, _raw in mailbox.raw) == Counter(mail.person.email for mail in told)
    assert listed(ban, Asked("sent"), now=END).values("mail").distinct().count() == len(told)
    assert {row.mail.state for row in listed(ban, Asked("planned"), now=END)} <= {"waiting"}
    finished = User.objects.get(email=next(iter(done_at)))
    assert set(of_person(finished, finished).filter(ban=ban).values_list("state", flat=True)) <= {"sent", "cancelled"}
