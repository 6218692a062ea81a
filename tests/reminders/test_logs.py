import json
import logging
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import structlog

from migration_planner.lib import logs
from migration_planner.people.models import User
from migration_planner.reminders.ticking import tick

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)


@pytest.fixture
def written() -> Any:
    """What production would write, as text."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(**logs._format(json=True)))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the mail server of the tests is none of ours
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_what_a_drain_writes_down_names_nobody_whatever_happens(
    ban: Any, lead: Any, employee: Any, owner: Any, mailbox: Any, written: StringIO
) -> None:
    mailbox.at_rcpt[lead.email] = f"550 5.1.1 <{lead.email}>: no such user {lead.name}"
    mailbox.at_rcpt[employee.email] = f"451 4.7.1 {employee.email} comes too often"
    tick(now=MORNING + timedelta(hours=12))
    mailbox.at_mail = f"550 5.7.1 {owner.email} may not send"
    tick(now=MORNING + timedelta(days=1))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert {line["outcome"] for line in lines if line["event"] == "mail"} == {"sent", "dead", "deferred"}
    assert [line["stopped"] for line in lines if line["event"] == "drained"][-1] == "550 5.7.1 (address) may not send"
    for person in User.objects.all():
        assert person.email not in written.getvalue()
        assert not [line for line in lines if person.name in json.dumps(line)], person.name


def test_a_mail_that_cannot_be_written_is_logged_by_its_number(
    ban: Any, employee: Any, mailbox: Any, written: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    from migration_planner.reminders import mail

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"cannot write to {employee.email}")

    monkeypatch.setattr(mail, "freeze", broken)
    tick(now=MORNING)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert {line["error"] for line in lines if line["event"] == "mail cannot be composed"} == {"ValueError"}
    assert employee.email not in written.getvalue()


def test_addresses_are_taken_out_of_every_line_of_libraries_and_tracebacks_too(written: StringIO) -> None:
    try:
        raise ValueError("Key (email)=(eve@acme.example) already exists")
    except ValueError:
        logging.getLogger("some.library").exception("for <eve@acme.example>", extra={"to": "eve@acme.example"})
    structlog.get_logger("ours").info("x", people=["eve@acme.example"], deep={"to": ("eve@acme.example",)})
    assert "eve@" not in written.getvalue()
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert "ValueError: Key (email)=((address)) already exists" in first["exception"]
    assert second["people"] == ["(address)"]


def test_lines_are_json_with_time_level_and_logger(written: StringIO) -> None:
    logging.getLogger("some.library").warning("%d of %d", 1, 2)
    (line,) = (json.loads(line) for line in written.getvalue().splitlines())
    assert (line["event"], line["level"], line["logger"]) == ("1 of 2", "warning", "some.library")
    assert line["timestamp"].endswith("Z")
