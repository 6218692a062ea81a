import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from migration_planner.reminders.models import Heartbeat, Mail

ROOT = Path(__file__).resolve().parents[2]


def tick(*arguments: str) -> str:
    out = StringIO()
    call_command("tick", *arguments, stdout=out)
    return out.getvalue()


def test_a_tick_says_in_one_line_what_it_did(ban: Any, mailbox: Any) -> None:
    assert tick("--now", "2026-11-03T01:00:00Z").startswith(
        "planned 4 reminders in 4 new mails (0 cancelled, 0 suppressed); sent 3,"
    )
    assert tick("--now", "2026-11-03T01:00:00").count("\n") == 1


def test_a_tick_gives_its_numbers_as_json(ban: Any, mailbox: Any) -> None:
    numbers = json.loads(tick("--now", "2026-11-03T09:00:00+08:00", "--json"))
    assert (numbers["planned"]["added"], numbers["drained"]["sent"], numbers["days_kept"]) == (4, 3, 1)


def test_another_now_is_refused_outside_local_mode(ban: Any, settings: Any) -> None:
    settings.LOCAL_MODE = False
    with pytest.raises(CommandError, match="local mode alone"):
        tick("--now", "2026-11-03T01:00:00Z")
    assert not Mail.objects.exists()


def test_a_now_that_is_no_moment_is_refused(ban: Any) -> None:
    with pytest.raises(CommandError, match="no moment"):
        tick("--now", "tomorrow")
    assert not Mail.objects.exists()


def test_a_tick_whose_mail_cannot_go_says_so_and_loses_nothing(ban: Any, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    with pytest.raises(CommandError, match="Nothing is lost"):
        tick("--now", "2026-11-03T01:00:00Z")
    assert Mail.objects.waiting().due(datetime(2026, 11, 3, 1, tzinfo=UTC)).count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_send_loop_sends_what_is_due_and_ends_when_it_is_told_to(ban: Any, mailbox: Any, settings: Any) -> None:
    keys = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    address = {name: str(connection.settings_dict[key]) for key, name in keys.items() if connection.settings_dict[key]}
    environment = {
        **os.environ,
        "DATABASE_URL": make_conninfo(**address),
        "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
    }
    command = [sys.executable, "-W", "ignore", "manage.py", "send_loop", "--every", "0.2"]
    loop = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 30
        while len(mailbox.raw) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        loop.send_signal(signal.SIGTERM)
        assert loop.wait(timeout=20) == 0
    finally:
        loop.kill()
    assert len(mailbox.raw) == 3
    assert not Mail.objects.exclude(lease_token=None).exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_now_that_no_calendar_reaches_is_refused(ban: Any, moment: str) -> None:
    with pytest.raises(CommandError, match="cannot be meant"):
        tick("--now", moment)
    assert not Mail.objects.exists()
    assert not Heartbeat.objects.exists()


def test_a_tick_with_a_wrong_argument_ends_with_1(capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", "tick", "--yesterday"]).execute()
    assert ended.value.code == 1
    assert "unrecognized arguments: --yesterday" in capsys.readouterr().err
