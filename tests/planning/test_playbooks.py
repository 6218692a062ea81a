from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from migration_planner.lib.errors import DomainError
from migration_planner.planning import playbooks, publishing
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Event, PlaybookVersion, Step, Workflow
from migration_planner.planning.playbooks import library
from migration_planner.planning.scans import programs
from tests.planning.written import SMALL, written

SLUGS = [playbook.slug for playbook in playbooks.shipped()]
PROMISED = {
    "any-tool",
    "claude-code-to-agents-md-assistant",
    "claude-code-to-qoder",
    "docker-desktop-to-podman-desktop",
    "lastpass-to-bitwarden",
    "slack-to-microsoft-teams",
}
#: The days on which the facts about each side were looked at.
OLD_SIDE, NEW_SIDE, OWN = date(2026, 8, 22), date(2026, 11, 22), date(2026, 11, 25)


def shipped(slug: str) -> playbooks.Playbook:
    return playbooks.find(slug, among=playbooks.shipped())


def test_the_promised_playbooks_ship() -> None:
    assert set(SLUGS) == PROMISED


@pytest.mark.parametrize("slug", SLUGS)
def test_every_playbook_that_ships_drafts_a_ban_that_lacks_only_its_audience_and_cutoff(
    slug: str, owner: Any, now: datetime
) -> None:
    ban = draft_ban(playbooks.find(slug), by=owner, now=now, owners=[owner])
    assert {lack.part for lack in publishing.lacks(ban, now=now)} == {"audience", "cutoff"}
    assert ban.required_steps > 0
    assert ban.required_team_steps > 0


@pytest.mark.parametrize("slug", SLUGS)
def test_every_playbook_that_ships_becomes_a_published_ban(slug: str, owner: Any, acme: Any, now: datetime) -> None:
    cutoff = ((now + timedelta(days=21)).date(), time(18), "Europe/Berlin")
    ban = draft_ban(playbooks.find(slug), by=owner, now=now, owners=[owner], audience=["Acme"], cutoff=cutoff)
    assert publishing.publish(ban, by=owner, now=now) == {"people": 1, "teams": 1}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_playbook_that_ships_goes_through_all_of_a_move_and_ends_with_a_look(slug: str) -> None:
    playbook = shipped(slug)
    kinds = {step.phase for step in playbook.steps}
    assert kinds == set(playbooks.Phase)
    assert playbook.steps[-1].phase == playbooks.Phase.CONFIRM
    assert all(step.guidance or step.evidence or step.workflow for step in playbook.steps)


@pytest.mark.parametrize("slug", SLUGS)
def test_facts_that_ship_have_sources_of_the_days_on_which_somebody_looked(slug: str) -> None:
    for workflow in shipped(slug).workflows:
        for source in workflow.sources:
            assert source.url.startswith("https://")
            assert source.checked_on in {OLD_SIDE, NEW_SIDE, OWN}
            assert (source.checked_on == OLD_SIDE) == source.url.startswith("https://code.claude.com/")


def test_the_move_from_claude_code_to_qoder_covers_all_fifty_workflows() -> None:
    playbook = shipped("claude-code-to-qoder")
    assert len(playbook.workflows) == 50
    asked_not_scanned = {workflow.key for workflow in playbook.workflows if not workflow.detectors}
    assert asked_not_scanned == {"agent-teams", "cloud"}
    for workflow in playbook.workflows:
        assert all(rule == f"claude-code/{workflow.key}" for rule in workflow.detectors)
        assert workflow.detected
        assert workflow.versions == {"tool": "<=2.1.240", "replacement": ">=1.0 <=1.1.63"}
    assert len(playbook.steps) >= 30


def test_scans_verify_steps_of_teams_and_of_each_person() -> None:
    steps = shipped("claude-code-to-qoder").steps
    clean = {(step.per, step.key): step.scan_for for step in steps if step.scan == Step.Scan.CLEAN and step.required}
    assert {per for per, _key in clean} == {Step.Per.TEAM, Step.Per.PERSON}
    assert clean[(Step.Per.PERSON, "clear-own-files")] == ("local-settings", "local-instructions")


def test_what_only_own_reading_or_others_have_seen_is_a_question() -> None:
    verdicts = {
        workflow.key: workflow.compatibility for workflow in shipped("claude-code-to-qoder").fitted({}).workflows
    }
    doubtful = [
        "managed-instructions",
        "managed-mcp",
        "sandbox",
        "attribution",
        "agent-memory",
        "appearance",
        "mcp-serve",
    ]
    assert {verdicts[key] for key in doubtful} == {Workflow.Compatibility.UNKNOWN}


def test_the_old_tool_leaves_in_an_order_that_keeps_it_from_coming_back() -> None:
    keys = [step.key for step in shipped("claude-code-to-qoder").steps]
    order = ["stop-auto-install", "uninstall-extensions", "uninstall-cli", "delete-state", "check-it-is-gone"]
    assert sorted(order, key=keys.index) == order


def test_what_was_checked_for_one_edition_is_a_question_for_the_other() -> None:
    playbook = shipped("claude-code-to-qoder")
    ours = {workflow.key: workflow for workflow in playbook.fitted({}).workflows}
    other = {workflow.key: workflow for workflow in playbook.fitted({"edition": "qoder-cn"}).workflows}
    assert ours["hooks"].compatibility == Workflow.Compatibility.PARTIAL
    assert other["hooks"].compatibility == Workflow.Compatibility.UNKNOWN
    assert "Qoder CN" in other["hooks"].question
    assert "qoderclicn" in other["scripts"].target
    assert other["mcp-serve"].compatibility == Workflow.Compatibility.PARTIAL


@pytest.mark.parametrize("slug", SLUGS)
def test_no_place_stays_unfilled_and_no_verdict_stays_without_its_ground(slug: str) -> None:
    playbook = shipped(slug)
    for parameter in playbook.parameters:
        for option in parameter.options:
            assert "[[" not in repr(playbook.fitted({parameter.key: option.value}))
    for workflow in playbook.fitted({}).workflows:
        if workflow.compatibility == Workflow.Compatibility.UNKNOWN:
            assert workflow.question
        else:
            assert workflow.sources
            assert workflow.loss or workflow.compatibility == Workflow.Compatibility.FULL


def test_an_unknown_playbook_or_choice_is_refused_with_those_that_exist(db: None) -> None:
    with pytest.raises(DomainError, match=r"any-tool, .*claude-code-to-qoder"):
        playbooks.find("claude")
    playbook = shipped("claude-code-to-qoder")
    with pytest.raises(DomainError, match="qoder, qoder-cn"):
        playbook.fitted({"edition": "lite"})
    with pytest.raises(DomainError, match="no parameter called size"):
        playbook.fitted({"size": "big"})


def test_a_later_edit_of_the_steps_leaves_the_playbook_alone(owner: Any, now: datetime) -> None:
    ban = draft_ban(playbooks.find("any-tool"), by=owner, now=now, owners=[owner])
    Step.objects.filter(ban=ban).update(title="Changed")
    assert "Changed" not in {step.title for step in playbooks.find("any-tool").steps}


def test_a_ban_carries_all_that_the_playbook_says_of_a_workflow(owner: Any, now: datetime) -> None:
    ban = draft_ban(playbooks.find("claude-code-to-qoder"), by=owner, now=now, owners=[owner])
    hooks = ban.workflows.get(key="hooks")
    assert (hooks.severity, hooks.detectors) == (Workflow.Severity.STOPS, ["claude-code/hooks"])
    assert "mcp_tool" in hooks.loss
    assert "/hooks" in hooks.listing
    assert ban.workflows.get(key="sandbox").question_for == "Security"


def test_a_paragraph_wrapped_in_the_file_is_one_line_and_lists_and_code_stay(tmp_path: Path) -> None:
    guidance = "First\nsecond.\n\n1. One\n2. Two\n\n    code\n\nLast **word**\n- point"
    step = playbooks.read(written(tmp_path, steps=[{"key": "go", "title": "Go", "guidance": guidance}])).steps[0]
    assert step.guidance == "First second.\n\n1. One\n2. Two\n\n    code\n\nLast **word**\n- point"


def test_facts_grow_stale_after_so_many_days_and_questions_never() -> None:
    hooks = next(each for each in shipped("claude-code-to-qoder").workflows if each.key == "hooks")
    assert hooks.checked_on == OLD_SIDE
    assert not hooks.is_stale(today=OLD_SIDE + timedelta(days=120), days=120)
    assert hooks.is_stale(today=OLD_SIDE + timedelta(days=121), days=120)
    question = shipped("any-tool").workflows[0]
    assert not question.is_stale(today=date(2100, 1, 1), days=1)


def small(version: str, **changes: Any) -> bytes:
    return yaml.safe_dump({**SMALL, "version": version, **changes}).encode()


def bring_in(raw: bytes, by: Any, now: datetime) -> PlaybookVersion | None:
    return library.bring_in(raw, "small.yaml", by=by, now=now, today=now.date())


def test_a_file_that_is_brought_in_is_current_and_stands_in_history(administrator: Any, now: datetime) -> None:
    assert bring_in(small("9"), administrator, now)
    assert playbooks.find("small").version == "9"
    assert bring_in(small("10", title="Better"), administrator, now)
    assert playbooks.find("small").title == "Better"
    assert [each.version for each in library.versions("small")] == ["10", "9"]
    assert playbooks.find_version("small", "9").title == "Small"  # type: ignore[union-attr]
    from migration_planner.planning.models import Event

    events = Event.objects.filter(verb=Event.Verb.PLAYBOOK_IMPORTED).order_by("id")
    assert [event.data["version"] for event in events] == ["9", "10"]


def test_a_version_never_changes_and_never_goes_back(administrator: Any, now: datetime) -> None:
    assert bring_in(small("2"), administrator, now)
    assert bring_in(small("2"), administrator, now) is None
    for version in ("2", "1"):
        with pytest.raises(DomainError, match="Version 2 of this playbook is here already"):
            bring_in(small(version, title="Other"), administrator, now)
    with pytest.raises(playbooks.InvalidPlaybook):
        bring_in(small("3", steps=[]), administrator, now)
    assert PlaybookVersion.objects.count() == 1


def test_a_newer_file_of_a_playbook_that_ships_takes_its_place(administrator: Any, now: datetime) -> None:
    text = library.text_of("any-tool", shipped("any-tool").version)
    assert text
    newer = text.replace('version: "2"', 'version: "3"').encode()
    assert library.bring_in(newer, "any-tool (1).yaml", by=administrator, now=now, today=date(2026, 12, 1))
    assert playbooks.find("any-tool").version == "3"
    assert len(playbooks.all_playbooks()) == len(SLUGS)


def test_drafting_keeps_the_text_of_the_version_once(owner: Any, now: datetime) -> None:
    for _time in range(2):
        draft_ban(playbooks.find("any-tool"), by=owner, now=now, owners=[owner])
    kept = PlaybookVersion.objects.get()
    assert (kept.slug, kept.imported_by) == ("any-tool", None)
    assert library.text_of("any-tool", kept.version) == kept.text


def test_what_was_brought_in_can_be_removed_until_a_ban_rests_on_it(
    administrator: Any, owner: Any, now: datetime
) -> None:
    text = (library.text_of("any-tool", "2") or "").replace('version: "2"', 'version: "9"')
    library.bring_in(text.encode(), "any-tool.yaml", by=administrator, now=now, today=now.date())
    assert library.removable("any-tool") == {"9"}
    draft = draft_ban(playbooks.find("any-tool"), by=owner, now=now, owners=[owner], tool="A", replacement="B")
    assert library.removable("any-tool") == set()
    with pytest.raises(DomainError, match="rests on this version"):
        library.remove("any-tool", "9", by=administrator, now=now)
    type(draft).objects.filter(pk=draft.pk).update(playbook_version="2")
    assert library.remove("any-tool", "9", by=administrator, now=now)
    assert not library.remove("any-tool", "9", by=administrator, now=now)
    assert playbooks.find("any-tool").version == "2"
    assert not library.remove("any-tool", "2", by=administrator, now=now), "what ships stays"
    assert Event.objects.filter(verb="playbook_removed").count() == 1


def test_the_scanner_gives_the_verdicts_of_the_playbook() -> None:
    """Two files say how far each workflow carries over; what they say is the same."""
    playbook = playbooks.find("claude-code-to-qoder", playbooks.shipped())
    said = {row["key"]: row["compatibility"] for row in programs.shipped()["workflows"]}
    assert {each.key: str(each.compatibility) for each in playbook.fitted({}).workflows} == said


def test_the_conversion_puts_only_documented_names_in_place_of_old_ones() -> None:
    """Placeholders that the documentation of Qoder gives another name; every other one is for somebody to look at."""
    rows = programs.shipped()["conversion"]["substitutions"]
    assert {row["to"] for row in rows} == {"QODER_PROJECT_DIR", "QODER_SKILL_DIR", "QODER_SESSION_ID"}
    assert all(row["source"].startswith("https://docs.qoder.com/") for row in rows)
