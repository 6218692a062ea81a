"""The commands that operators and automation call: what they print, and how they refuse."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from migration_planner.planning.models import Ban, Checklist, Event, UseCount

SOON = (timezone.now() + timedelta(days=20)).strftime("%Y-%m-%dT18:00")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def draft(*more: str, cutoff: str = SOON) -> str:
    return run(
        "draft_ban",
        "claude-code-to-qoder",
        "--cutoff",
        cutoff,
        "--zone",
        "Asia/Shanghai",
        "--owner",
        "olga@acme.example",
        *more,
    )


def test_a_ban_is_drafted_and_published_for_everybody(owner: Any, lead: Any, employee: Any, outsider: Any) -> None:
    number = draft()
    ban = Ban.objects.get(pk=int(number))
    assert (ban.state, str(ban), ban.cutoff_zone) == ("draft", "Claude Code → Qoder", "Asia/Shanghai")
    assert json.loads(run("publish_ban", number, "--json")) == {"id": ban.pk, "people": 4, "teams": 4}
    assert ban.events.get(verb=Event.Verb.PUBLISHED).actor == owner


def test_the_audience_and_more_can_be_named(owner: Any, lead: Any, sales: Any, tmp_path: Any) -> None:
    (tmp_path / "scope.txt").write_text("Only on laptops.\n")
    answer = json.loads(
        draft(
            "--audience", "Acme/Engineering", "--audience", "Acme/Sales", "--owner", "lee@acme.example", "--tool", "Old One",
            "--scope-file", str(tmp_path / "scope.txt"), "--parameter", "edition=qoder-cn", "--json",
        )
    )  # fmt: skip
    ban = Ban.objects.get(pk=answer["id"])
    assert (answer["tool"], answer["state"], ban.parameters) == ("Old One", "draft", {"edition": "qoder-cn"})
    assert ban.scope is not None
    assert ban.scope.text == "Only on laptops."
    assert set(ban.audience_teams.values_list("team__path", flat=True)) == {"Acme/Engineering", "Acme/Sales"}
    assert set(ban.owners.all()) == {owner, lead}
    assert "People: 1. Teams: 3." in run("publish_ban", str(ban.pk))


@pytest.mark.parametrize(
    ("more", "cutoff", "message"),
    [
        (["--audience", "Acme/Serch"], SOON, "no team"),
        (["--owner", "nobody@acme.example"], SOON, "nobody@acme.example"),
        (["--parameter", "edition"], SOON, "edition=qoder"),
        (["--parameter", "edition=none"], SOON, "Choose one of: qoder, qoder-cn"),
        ([], "2026-12-18", "2026-12-18T18:00"),
        ([], "soon", "2026-12-18T18:00"),
        ([], "2026-12-18T18:00+08:00", "without an offset"),
        ([], "2020-12-18T18:00", "passed already"),
        (["--zone", "Shanghai"], SOON, "not a time zone"),
        (["--scope-file", "/nowhere"], SOON, "cannot be read"),
        (["--audience", "\udcff"], SOON, "audience is not text"),
        (["--tool", "x" * 300], SOON, "within 120 characters"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_drafted(
    owner: Any, more: list[str], cutoff: str, message: str
) -> None:
    with pytest.raises(CommandError, match=message.replace("+", r"\+")):
        draft(*more, cutoff=cutoff)
    assert not Ban.objects.exists()


def test_without_a_roster_nothing_is_drafted(person: Any) -> None:
    person("olga")
    with pytest.raises(CommandError, match="Import the roster first"):
        draft()


def test_publishing_twice_or_something_that_does_not_exist_is_refused(owner: Any) -> None:
    number = draft()
    run("publish_ban", number)
    with pytest.raises(CommandError, match="Olga has published this ban already"):
        run("publish_ban", number)
    with pytest.raises(CommandError, match="no ban 999999"):
        run("publish_ban", "999999")


def test_recount_finds_what_differs_and_corrects_it(ban: Any, checklist: Any) -> None:
    assert "all counters agree" in run("recount", "--check")
    Checklist.objects.filter(pk=checklist.pk).update(finished_steps=2)
    ban.migrations.filter(pk=checklist.migration_id).update(started=1)
    with pytest.raises(CommandError, match="Some counters differ"):
        run("recount", "--check")
    checklist.refresh_from_db()
    assert checklist.finished_steps == 2
    assert "1 checklists and 1 teams corrected" in run("recount")
    UseCount.objects.create(ban=ban, old="never", new="never", people=9)
    assert "1 counts of old and new use corrected" in run("recount")
    assert "all counters agree" in run("recount", "--check")


def test_recount_looks_at_ended_bans_too_and_not_at_drafts(ban: Any, owner: Any, checklist: Any) -> None:
    draft()
    ban.close(by=owner, now=datetime(2026, 12, 1, tzinfo=UTC))
    Checklist.objects.filter(pk=checklist.pk).update(finished_steps=1)
    assert run("recount").count("Ban ") == 1


def test_an_owner_without_an_address_is_refused(owner: Any) -> None:
    with pytest.raises(CommandError, match="--owner needs the address"):
        run("draft_ban", "any-tool", "--cutoff", SOON, "--zone", "UTC", "--owner", " ")
