"""A simulated year: the same for the same seed, no mail leaves, and what its statements count is what the product counts."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from migration_planner.local.year import command, plans
from migration_planner.local.year.living import Year
from migration_planner.people.models import User
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Ban, Mark
from migration_planner.reminders.models import Mail
from migration_planner.reminders.statements import rows

pytestmark = pytest.mark.django_db
END = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
#: Everything that people did and heard, without the numbers of its rows.
DONE = """
    SELECT person.email, step.key, mark.state, mark.note, mark.at FROM planning_mark AS mark
    JOIN planning_step AS step ON step.id = mark.step_id JOIN people_user AS person ON person.id = mark.by_id ORDER BY 1, 2, 5
"""
HEARD = """
    SELECT person.email, mail.day, mail.state, mail.sent_at FROM reminders_mail AS mail
    JOIN people_user AS person ON person.id = mail.person_id ORDER BY 1, 2
"""


def live(seed: int) -> tuple[Any, Any]:
    owner = command.found(datetime(2026, 9, 1, tzinfo=UTC), people=40)
    Year(end=END, owner=owner, plans=[replace(plans.PAPER, teams=("",))], seed=seed).live()
    return rows(DONE), rows(HEARD)


@pytest.fixture(autouse=True)
def no_mail_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise AssertionError("A simulated year has spoken to a mail server.")

    monkeypatch.setattr(smtplib.SMTP, "connect", refuse)


def test_its_counters_are_those_of_a_recount_and_its_mail_is_in_the_ledger() -> None:
    done, heard = live(7)
    assert len(done) > 20
    assert len(heard) > 40
    assert not differences(Ban.objects.get())
    assert not Mail.objects.filter(state="sent", attempts__isnull=True).exists()
    assert Mail.objects.filter(state="sent", raw__isnull=False).exists()
    assert not Mark.objects.filter(at__gt=END).exists()


def test_the_same_seed_gives_the_same_year_and_another_one_another() -> None:
    years = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            years.append(live(seed))
            transaction.set_rollback(True)  # the numbers of rows go on, and nothing depends on them
    assert years[0] == years[1] != years[2]


def test_it_refuses_a_database_with_people(owner: User) -> None:
    with pytest.raises(CommandError, match="in an empty one"):
        call_command("simulate", "--people", "40")


def test_it_refuses_outside_of_local_mode(settings: Any) -> None:
    settings.LOCAL_MODE = False
    with pytest.raises(CommandError, match="local mode alone"):
        call_command("simulate")
