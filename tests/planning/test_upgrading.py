"""A ban takes a newer version of its playbook."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
import yaml

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.planning import arranging, drafting, playbooks, publishing, upgrading
from migration_planner.planning.arranging import StepContent
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Checklist, Event, Mark, PlaybookVersion, Workflow
from migration_planner.planning.playbooks import library
from tests.planning.written import SMALL

SOURCE = {"url": "https://new.example/docs", "checked_on": "2026-01-01"}
NOTES = {**SMALL["workflows"][0]}
MAIL = {**NOTES, "key": "mail", "title": "Mail"}
STEPS = [
    {"key": "announce", "title": "Announce", "per": "team"},
    {"key": "export", "title": "Export", "workflow": "notes"},
    {"key": "install", "title": "Install", "guidance": "From the shop.", "workflow": "mail"},
    {"key": "remove", "title": "Remove"},
]
FIRST: dict[str, Any] = {**SMALL, "version": "1", "workflows": [NOTES, MAIL], "steps": STEPS}
Bring = Callable[..., None]


def changed(key: str, **changes: Any) -> list[dict[str, Any]]:
    return [{**step, **changes} if step["key"] == key else step for step in STEPS]


@pytest.fixture
def bring(administrator: Any, now: datetime) -> Bring:
    """Bring in a version of the playbook: bring(2, steps=[…])."""

    def go(version: int, **changes: Any) -> None:
        raw = yaml.safe_dump({**FIRST, "version": str(version), **changes}).encode()
        library.bring_in(raw, "small.yaml", by=administrator, now=now, today=date(2026, 11, 25))

    return go


@pytest.fixture
def book(bring: Bring, owner: Any, acme: Any, lead: Any, employee: Any, now: datetime) -> Any:
    """A draft from version 1."""
    bring(1)
    cutoff = (date(2026, 11, 30), time(18), "UTC")
    return drafting.draft_ban(
        playbooks.find("small"), by=owner, now=now, owners=[owner], audience=["Acme"], cutoff=cutoff
    )


@pytest.fixture
def live(book: Any, owner: Any, now: datetime) -> Any:
    """The same in force; everybody has finished everything."""
    publishing.publish(book, by=owner, now=now)
    for checklist in book.checklists.select_related("person"):
        for step in checklist.steps():
            checklist.mark(step, Mark.State.DONE, by=checklist.person, now=now)
    migration = book.migrations.get(path="Acme/Engineering/Search")
    migration.mark(book.steps.get(key="announce"), Mark.State.DONE, by=migration.team.leads()[0], now=now)
    return book


def kinds(ban: Any) -> dict[str, str]:
    difference = upgrading.offered(ban)
    assert difference
    return {change.key: change.kind for change in difference.steps}


def take(ban: Any, version: str, owner: Any, now: datetime, why: str = "Facts changed.") -> int:
    reopened = upgrading.take(ban, version, by=owner, now=now, why=why)
    assert not differences(ban)
    return reopened


def test_a_ban_keeps_its_version_until_its_owners_take_a_newer_one(live: Any, bring: Bring) -> None:
    assert upgrading.offered(live) is None
    bring(2, steps=changed("install", guidance="From the shelf."))
    assert kinds(live) == {"install": "changed"}
    live.refresh_from_db()
    assert (live.playbook_version, live.steps.get(key="install").guidance) == ("1", "From the shop.")
    assert library.text_of("small", "1") is not None


def test_taking_it_reopens_only_the_steps_it_touches(live: Any, bring: Bring, owner: Any, now: datetime) -> None:
    bring(2, steps=changed("install", guidance="From the shelf."))
    people = live.checklists.counted().count()
    assert take(live, "2", owner, now) == people
    assert set(Mark.objects.filter(checklist__ban=live).values_list("step__key", flat=True)) == {"export", "remove"}
    assert Mark.objects.filter(migration__ban=live).count() == 1
    assert set(live.checklists.values_list("state", flat=True)) == {Checklist.State.STARTED}
    assert live.steps.get(key="install").guidance == "From the shelf."
    taken = live.events.get(verb=Event.Verb.PLAYBOOK_TAKEN)
    assert (taken.why, taken.data["before"], taken.data["after"]) == ("Facts changed.", "1", "2")
    lines = live.events.filter(verb=Event.Verb.STEP_REOPENED)
    assert lines.count() == people
    assert {line.checklist.person_id for line in lines.select_related("checklist")} == {
        line.person_id for line in lines
    }
    assert {line.data["before"]["state"] for line in lines} == {"done"}


def test_other_minutes_or_sources_reopen_nothing(live: Any, bring: Bring, owner: Any, now: datetime) -> None:
    bring(2, steps=changed("install", minutes=9), workflows=[{**NOTES, "sources": [SOURCE]}, MAIL])
    assert take(live, "2", owner, now) == 0
    assert live.steps.get(key="install").minutes == 9
    assert live.workflows.get(key="notes").checked_on == date(2026, 1, 1)
    assert not live.checklists.unfinished().exists()


def test_another_verdict_touches_the_steps_of_its_workflow(live: Any, bring: Bring, owner: Any, now: datetime) -> None:
    verdict = {**NOTES, "compatibility": "none", "loss": "All of it.", "sources": [SOURCE]}
    bring(2, workflows=[verdict, MAIL])
    difference = upgrading.offered(live)
    assert difference
    assert [change.key for change in difference.verdicts] == ["notes"]
    assert [step.key for step in difference.touched.values()] == ["export"]
    take(live, "2", owner, now)
    assert live.workflows.get(key="notes").compatibility == Workflow.Compatibility.NONE
    open_steps = live.steps.exclude(marks__checklist__isnull=False).filter(per="person")
    assert [step.key for step in open_steps] == ["export"]


def test_a_team_step_opens_for_the_team_and_the_history_names_who_had_done_it(
    live: Any, bring: Bring, owner: Any, lead: Any, now: datetime
) -> None:
    bring(2, steps=changed("announce", evidence="A link"))
    assert take(live, "2", owner, now) == 1
    line = live.events.get(verb=Event.Verb.STEP_REOPENED)
    assert (line.migration.path, line.person) == ("Acme/Engineering/Search", lead)
    assert not live.migrations.filter(finished_team_steps__gt=0).exists()


def test_new_steps_stand_where_the_playbook_has_them_and_old_ones_go_with_their_marks_kept(
    live: Any, bring: Bring, owner: Any, now: datetime
) -> None:
    new = {"key": "sign-in", "title": "Sign in"}
    bring(2, steps=[*STEPS[:3], new])
    assert kinds(live) == {"sign-in": "added", "remove": "removed"}
    take(live, "2", owner, now)
    assert [step.key for step in live.steps.live()] == ["announce", "export", "install", "sign-in"]
    assert Mark.objects.filter(step__key="remove").exists()
    assert live.events.get(verb=Event.Verb.PLAYBOOK_TAKEN).data["everybody"] is True
    bring(3, steps=STEPS)
    take(live, "3", owner, now)
    assert [step.key for step in live.steps.live()] == ["announce", "export", "install", "remove"]


def test_what_the_owners_changed_themselves_stays_theirs(live: Any, bring: Bring, owner: Any, now: datetime) -> None:
    step = live.steps.get(key="install")
    own = StepContent(title="Install", guidance="Ask Olga.", workflow=step.workflow_id)
    arranging.edit_step(step, own, by=owner, now=now, why="Olga knows.")
    arranging.remove_step(live.steps.get(key="export"), by=owner, now=now, why="Not here.")
    arranging.add_step(live, StepContent(title="Own step"), by=owner, now=now, why="Ours.")
    steps = [{**step, "guidance": "Newer.", "minutes": 9} for step in STEPS]
    bring(2, steps=steps)
    difference = upgrading.offered(live)
    assert difference
    install = next(change for change in difference.steps if change.key == "install")
    assert (install.own, list(install.after)) == (("guidance",), ["minutes"])
    take(live, "2", owner, now)
    assert live.steps.get(key="install").guidance == "Ask Olga."
    assert {step.key for step in live.steps.live()} == {"announce", "install", "remove", "own-step"}


def test_a_ban_from_before_texts_were_kept_is_compared_as_it_stands(live: Any, bring: Bring) -> None:
    PlaybookVersion.objects.filter(version="1").delete()
    bring(2, steps=[*changed("install", guidance="From the shelf.")[:3]])
    assert kinds(live) == {"install": "changed"}


def test_in_force_a_reason_is_needed_and_a_draft_takes_it_quietly(
    book: Any, bring: Bring, owner: Any, now: datetime
) -> None:
    bring(2, steps=STEPS[:3], workflows=[NOTES, {**MAIL, "title": "Letters"}])
    assert upgrading.take(book, "2", by=owner, now=now) == 0
    assert [step.key for step in book.steps.all()] == ["announce", "export", "install"]
    assert book.workflows.get(key="mail").title == "Letters"
    assert not book.events.filter(verb=Event.Verb.PLAYBOOK_TAKEN).exists()
    publishing.publish(book, by=owner, now=now)
    bring(3)
    with pytest.raises(DomainError, match="Say why"):
        upgrading.take(book, "3", by=owner, now=now)
    assert book.playbook_version == "2"


def test_only_the_version_that_was_looked_at_is_taken(live: Any, bring: Bring, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="newest version of its playbook"):
        upgrading.take(live, "2", by=owner, now=now, why="Why not.")
    bring(2, steps=STEPS[:3])
    bring(3, steps=STEPS[:2])
    with pytest.raises(ChangedMeanwhile, match="Version 3 is the newest"):
        upgrading.take(live, "2", by=owner, now=now, why="Better.")
    assert live.steps.live().count() == 4


def test_a_version_that_asks_nothing_of_anybody_is_not_taken(
    live: Any, bring: Bring, owner: Any, now: datetime
) -> None:
    for step in live.steps.filter(key__in=["export", "install"]):
        arranging.remove_step(step, by=owner, now=now, why="Less.")
    bring(2, steps=STEPS[:3])
    with pytest.raises(DomainError, match="at least one required step"):
        upgrading.take(live, "2", by=owner, now=now, why="Less still.")
    assert live.steps.live().filter(key="remove").exists()


def test_a_workflow_that_is_gone_is_hidden_and_comes_back(live: Any, bring: Bring, owner: Any, now: datetime) -> None:
    bring(2, workflows=[NOTES], steps=[{**step, "workflow": "notes"} for step in STEPS])
    take(live, "2", owner, now)
    assert [workflow.key for workflow in live.workflows.live()] == ["notes"]
    bring(3)
    take(live, "3", owner, now)
    assert {workflow.key for workflow in live.workflows.live()} == {"notes", "mail"}
    assert live.steps.get(key="install").workflow.key == "mail"


def test_blocked_steps_keep_their_reason_and_stopped_checklists_their_marks(
    live: Any, bring: Bring, owner: Any, employee: Any, lead: Any, now: datetime
) -> None:
    mine, step = live.checklists.get(person=employee), live.steps.get(key="install")
    mine.mark(step, Mark.State.BLOCKED, by=employee, now=now, note="No licence")
    live.checklists.filter(person=lead).update(state="stopped", stopped_why="left")
    from migration_planner.planning.counting import recount

    recount(live)
    bring(2, steps=changed("install", guidance="From the shelf."))
    take(live, "2", owner, now)
    assert mine.marks.get(step=step).state == Mark.State.BLOCKED
    assert Mark.objects.filter(checklist__person=lead, step=step).exists()
