import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from migration_planner.reminders import resting, restoring
from migration_planner.reminders.models import Mail, Pause
from migration_planner.reminders.planning import plan
from tests.conftest import NOW


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_mail_is_paused_and_goes_on_by_command(ban: Any, administrator: Any, owner: Any) -> None:
    assert "all mail" in run("pause_mail", "--why", "The server moves.", "--by", administrator.email)
    assert str(ban) in run("pause_mail", "--ban", str(ban.pk), "--why", "Wrong scope.", "--by", owner.email)
    assert set(Pause.objects.in_force().values_list("ban", "by")) == {(None, administrator.pk), (ban.pk, owner.pk)}
    run("resume_mail", "--by", administrator.email)
    run("resume_mail", "--ban", str(ban.pk), "--by", owner.email)
    assert not Pause.objects.in_force().exists()


def test_a_command_is_refused_to_who_may_not_and_says_what_to_do(
    ban: Any, administrator: Any, owner: Any, employee: Any
) -> None:
    number = str(ban.pk)
    for arguments, words in (
        (["pause_mail", "--why", "x", "--by", owner.email], "administrators"),
        (["pause_mail", "--ban", number, "--why", "x", "--by", administrator.email], "for its owners"),
        (["pause_mail", "--ban", number, "--why", " ", "--by", owner.email], "Say why"),
        (["pause_mail", "--ban", "999", "--why", "x", "--by", owner.email], "no ban 999"),
        (["pause_mail", "--why", "x", "--by", "nobody@acme.example"], "Nobody with the address"),
        (["pause_mail", "--why", "x", "--by", ""], "Say whose decision"),
        (["resume_mail", "--by", administrator.email], "was not paused"),
        (["resume_mail", "--ban", number, "--by", employee.email], "for its owners"),
    ):
        with pytest.raises(CommandError, match=words):
            run(*arguments)
    assert not Pause.objects.exists()


def test_what_would_go_now_is_printed_and_nothing_changes(ban: Any, employee: Any) -> None:
    plan(now=NOW)
    before = list(Mail.objects.order_by("pk").values())
    words = run("due_mail", "--text")
    assert employee.email in words
    assert "Its vendor reads our code." in words
    count = Mail.objects.due(timezone.now()).count()
    assert words.rstrip().endswith(f"{count} of {count} due mails would go.")
    lines = [json.loads(line) for line in run("due_mail", "--json", "--limit", "2").splitlines()]
    assert [line["outcome"] for line in lines] == ["goes", "goes"]
    assert set(lines[0]) == {"mail", "to", "due_at", "outcome", "subject", "text"}
    assert list(Mail.objects.order_by("pk").values()) == before


def test_what_waits_for_a_person_after_a_restore_or_for_a_domain_that_rests_is_said_not_to_go(ban: Any) -> None:
    plan(now=NOW)
    for _refusal in range(8):
        resting.refused("acme.example", "451 later")
    lines = [json.loads(line) for line in run("due_mail", "--json").splitlines()]
    assert {line["outcome"] for line in lines} == {"waits"}
    resting.accepted("acme.example")
    restoring.tell(now=NOW - timedelta(days=9))
    words = run("due_mail")
    assert "\n0 of" in words
    assert "held after a restore" in words


def test_numbers_of_mails_that_are_not_held_are_refused(administrator: Any) -> None:
    for number in ("999999", "9" * 20):
        with pytest.raises(CommandError, match=f"No held mail has the number {number}"):
            run("release_mail", number, "--by", administrator.email, "--why", "x", "--decision", "send")
