from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from migration_planner.lib.errors import DomainError
from migration_planner.planning import playbooks, publishing
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Step, Workflow

SLUGS = [playbook.slug for playbook in playbooks.all_playbooks()]
SMALL: dict[str, Any] = {
    "slug": "small",
    "version": "1",
    "title": "Small",
    "summary": "For tests.",
    "tool": "Old",
    "replacement": "New",
    "scope": "Old is banned.",
    "reason": "It is old.",
    "risk_class": "low",
    "workflows": [
        {"key": "notes", "title": "Notes", "what": "Notes.", "compatibility": "unknown", "question": "Do they?"}
    ],
    "steps": [{"key": "go", "title": "Go", "workflow": "notes"}],
}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}))
    return path


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


def test_the_move_from_claude_code_to_qoder_covers_what_it_promises() -> None:
    playbook = playbooks.find("claude-code-to-qoder")
    assert len(playbook.workflows) >= 14
    assert len(playbook.steps) >= 20
    days = {source.checked_on for workflow in playbook.workflows for source in workflow.sources}
    assert days == {date(2026, 8, 22), date(2026, 11, 22)}
    for workflow in playbook.workflows:
        for source in workflow.sources:
            ours = source.url.startswith("https://code.claude.com/")
            assert source.checked_on == (date(2026, 8, 22) if ours else date(2026, 11, 22))


def test_the_old_tool_leaves_in_an_order_that_keeps_it_from_coming_back() -> None:
    keys = [step.key for step in playbooks.find("claude-code-to-qoder").steps]
    order = ["stop-auto-install", "uninstall-extensions", "uninstall-cli", "delete-state", "check-it-is-gone"]
    assert sorted(order, key=keys.index) == order


def test_what_was_checked_for_one_edition_is_a_question_for_the_other() -> None:
    playbook = playbooks.find("claude-code-to-qoder")
    ours = {workflow.key: workflow for workflow in playbook.fitted({}).workflows}
    other = {workflow.key: workflow for workflow in playbook.fitted({"edition": "qoder-cn"}).workflows}
    assert ours["hooks"].compatibility == Workflow.Compatibility.PARTIAL
    assert other["hooks"].compatibility == Workflow.Compatibility.UNKNOWN
    assert "Qoder CN" in other["hooks"].question
    assert "qoderclicn" in other["scripts"].target


@pytest.mark.parametrize("slug", SLUGS)
def test_no_place_stays_unfilled_and_no_verdict_stays_without_source(slug: str) -> None:
    playbook = playbooks.find(slug)
    for parameter in playbook.parameters:
        for option in parameter.options:
            assert "[[" not in repr(playbook.fitted({parameter.key: option.value}))
    for workflow in playbook.fitted({}).workflows:
        assert workflow.question if workflow.compatibility == Workflow.Compatibility.UNKNOWN else workflow.sources


def test_an_unknown_playbook_or_choice_is_refused_with_those_that_exist() -> None:
    with pytest.raises(DomainError, match="any-tool, claude-code-to-qoder"):
        playbooks.find("claude")
    playbook = playbooks.find("claude-code-to-qoder")
    with pytest.raises(DomainError, match="qoder, qoder-cn"):
        playbook.fitted({"edition": "lite"})
    with pytest.raises(DomainError, match="no parameter called size"):
        playbook.fitted({"size": "big"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": []}, "at steps:"),
        ({"steps": [{"key": "go", "title": "Go", "minutes": 0}]}, r"steps → \[0\] \(go\) → minutes"),
        ({"steps": [{"key": "go", "title": "Go", "workflow": "mail"}]}, "steps → go: there is no workflow 'mail'"),
        ({"steps": [{"key": "go", "title": "Go"}, {"key": "go", "title": "On"}]}, "key 'go' stands there 2 times"),
        ({"slug": "other"}, "the same as the name of the file, 'small'"),
        ({"workflows": [{**SMALL["workflows"][0], "question": ""}]}, "workflows → notes: its compatibility is unknown"),
        ({"workflows": [{**SMALL["workflows"][0], "compatibility": "full"}]}, "notes: full is a claim; name a source"),
        (
            {
                "workflows": [
                    {**SMALL["workflows"][0], "sources": [{"url": "javascript:alert(1)", "checked_on": "2026-01-01"}]}
                ]
            },
            r"workflows → \[0\] \(notes\) → sources → \[0\] → url",
        ),
        ({"scope": "Use [[cli]]."}, r"\[\[cli\]\]: every option"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert playbooks.read(written(tmp_path)).slug == "small"
    with pytest.raises(playbooks.InvalidPlaybook, match=message) as refusal:
        playbooks.read(written(tmp_path, **changes))
    assert "small.yaml" in str(refusal.value)


def test_a_file_that_is_no_yaml_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text("slug: [")
    with pytest.raises(playbooks.InvalidPlaybook, match=r"small\.yaml is not readable YAML"):
        playbooks.read(path)


def test_a_later_edit_of_the_steps_leaves_the_playbook_alone(owner: Any, now: datetime) -> None:
    ban = draft_ban(playbooks.find("any-tool"), by=owner, now=now, owners=[owner])
    Step.objects.filter(ban=ban).update(title="Changed")
    assert "Changed" not in {step.title for step in playbooks.find("any-tool").steps}


def test_a_paragraph_wrapped_in_the_file_is_one_line_and_lists_and_code_stay(tmp_path: Path) -> None:
    guidance = "First\nsecond.\n\n1. One\n2. Two\n\n    code\n\nLast **word**\n- point"
    step = playbooks.read(written(tmp_path, steps=[{"key": "go", "title": "Go", "guidance": guidance}])).steps[0]
    assert step.guidance == "First second.\n\n1. One\n2. Two\n\n    code\n\nLast **word**\n- point"
