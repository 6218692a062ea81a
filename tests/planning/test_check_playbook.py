"""A file that is wrong is refused with its line, its place, and what to do."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_planner.planning import playbooks
from migration_planner.planning.playbooks import checking, reading
from tests.planning.written import NOTES, SMALL, written

SOURCE = {"url": "https://new.example/docs", "checked_on": "2026-01-01"}
FULL = {**NOTES, "compatibility": "full", "sources": [SOURCE], "verify": {"behaviour": "Open one."}}


def steps(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"steps": [{"title": "Go", **entry} for entry in entries]}


def workflow(**changes: Any) -> dict[str, Any]:
    return {"workflows": [{**FULL, **changes}]}


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no steps": ({"steps": []}, "at steps: this is too short; it needs at least 1"),
    "minutes of nothing": (
        steps({"key": "go", "minutes": 0}),
        r"steps → \[0\] \(go\) → minutes: 0 is outside of 1 to 2400",
    ),
    "a workflow that is not there": (
        steps({"key": "go", "workflow": "mail"}),
        "there is no workflow “mail”. Choose one of: notes",
    ),
    "a key twice": (
        steps({"key": "go"}, {"key": "go"}),
        r"steps → \[1\] \(go\) → key: the key “go” is taken by an entry above",
    ),
    "another slug than its name": ({"slug": "other"}, "Make it the same as the name of the file, “small”"),
    "unknown without a question": (workflow(compatibility="unknown", question=""), "Write the question"),
    "a claim without a source": (workflow(sources=[]), "“full” is a claim. Name a source"),
    "partial without the loss": (workflow(compatibility="partial"), "“partial” means that something is lost. Say what"),
    "none without the loss": (workflow(compatibility="none"), "“none” means that something is lost"),
    "full without a way to verify": (
        {"workflows": [{**FULL, "verify": None} | {"verify": {}}]},
        "verify: this is too short",
    ),
    "an address that is none": (
        workflow(sources=[{"url": "javascript:alert(1)", "checked_on": "2026-01-01"}]),
        r"\(notes\) → sources → \[0\] → url: “javascript:alert\(1\)” does not fit. Write an address that begins with https",
    ),
    "a day that is none": (
        workflow(sources=[{**SOURCE, "checked_on": "2026-02-30"}]),
        "“2026-02-30” does not fit. Write a day that exists",
    ),
    "a check that lies ahead": (
        workflow(sources=[{**SOURCE, "checked_on": "2026-12-01"}]),
        "nobody has checked anything on",
    ),
    "a place that nothing fills": ({"scope": "Use [[cli]]."}, r"at scope: nothing fills \[\[cli\]\]"),
    "a field that is not there": (
        {"surprise": 1},
        "there is no field “surprise” here. Remove it; the fields are: format",
    ),
    "a field misspelt": (workflow(tarqet="AGENTS.md"), "no field “tarqet” here. Did you mean “target”"),
    "a field that is missing": ({"workflows": [{"key": "notes"}]}, "“title” is missing. Add it"),
    "a verdict that is none": (
        workflow(compatibility="maybe"),
        "“maybe” is none of the choices. Write one of: full, partial",
    ),
    "a severity that is none": (workflow(severity=7), "“7” is none of the choices. Write one of: 1, 2, 3, 4"),
    "a number where a text belongs": (
        {"version": 2.5},
        "version: this has to be a text. YAML reads “2.5” as something else",
    ),
    "a format of the future": ({"format": 2}, "format: “2” is none of the choices. Write one of: 1"),
    "a key with blanks": (workflow(key="My Notes"), "Write lower-case letters, digits and single hyphens"),
    "a range that is none": (workflow(versions={"tool": "new ones"}), "versions → tool: “new ones” does not fit"),
    "a rule id that is none": (workflow(detectors=["hooks"]), r"detectors → \[0\]: “hooks” does not fit"),
    "a rule that no scanner has": (
        workflow(detectors=["claude-code/hook"]),
        r"detectors → \[0\]: the scanner has no rules called “claude-code/hook”. Choose one of: claude-code/hooks",
    ),
    "nothing where a text belongs": ({"title": None}, "at title: nothing stands here. Write a text"),
    "an order that goes back": (
        steps({"key": "remove", "after": ["save"]}, {"key": "save"}),
        r"\(remove\) → after → \[0\]: “save” has to come before this step, but stands below it",
    ),
    "an order after nothing": (steps({"key": "go", "after": ["save"]}), "there is no step “save”"),
    "nothing asked of a person": (steps({"key": "go", "per": "team"}), "at steps: no step is required of each person"),
    "checked for what is not asked": (workflow(checked_for={"edition": ["pro"]}), "there is no parameter “edition”"),
    "checked for a value that is not there": (
        {
            "parameters": [
                {"key": "edition", "title": "Edition", "options": [{"value": v, "title": v} for v in ("free", "pro")]}
            ],
            **workflow(checked_for={"edition": ["gold"]}),
        },
        "“edition” has no value “gold”. Choose among: free, pro",
    ),
    "a character that cannot be kept": (
        {"title": "Sm\0all"},
        "at title: there is a character in it that cannot be kept",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_line_its_place_and_what_to_do(tmp_path: Path, name: str) -> None:
    changes, message = BROKEN[name]
    path = written(tmp_path, **changes)
    with pytest.raises(playbooks.InvalidPlaybook, match=message) as refusal:
        reading.read_bytes(path.read_bytes(), path.name, today=date(2026, 11, 25))
    assert all(line.startswith("small.yaml, line ") for line in str(refusal.value).splitlines())


def test_a_slug_that_would_stand_behind_a_page_is_refused() -> None:
    raw = json.dumps({**SMALL, "slug": "import"}).encode()
    with pytest.raises(playbooks.InvalidPlaybook, match="“import” is taken by a page"):
        reading.read_bytes(raw, "import.yaml")


def test_the_small_file_and_its_sound_claim_are_accepted(tmp_path: Path) -> None:
    assert playbooks.read(written(tmp_path)).slug == "small"
    assert playbooks.read(written(tmp_path, **workflow())).workflows[0].verify == "Open one."


def test_the_line_is_the_one_of_the_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, **workflow(compatibility="maybe"))
    wanted = path.read_text().splitlines().index("  compatibility: maybe") + 1
    _data, problems = checking.check(path.read_bytes())
    assert [problem.line for problem in problems] == [wanted]


def test_every_mistake_is_said_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = written(tmp_path, surprise=1, **workflow(compatibility="maybe", severity=9))
    _data, problems = checking.check(path.read_bytes())
    assert len(problems) == 3
    assert [problem.line for problem in problems] == sorted(problem.line or 0 for problem in problems)


UNREADABLE = {
    "no YAML": (b"slug: @small\n", "line 1: not readable YAML"),
    "nothing at all": (b"# later\n", "the file is empty. Begin with the example"),
    "an open bracket": (
        b"slug: small\ntags: [a, b\ntitle: c\n",
        "a bracket or brace that opens in line 2 is not closed",
    ),
    "an open bracket before a list": (b"tags: [\n  - a\n", "line 2: a bracket or brace above this line is not closed"),
    "an open quotation mark": (b'slug: "small\ntitle: c\n', "a quotation mark that opens in line 1 is not closed"),
    "a colon too many": (b"summary: Move: now\n", "line 1: there is a colon too many in this line. Put the text"),
    "a tab": (b"a:\n\tb: 1\n", "line 2: a tab stands where spaces belong"),
    "bad indentation": (b"- a: 1\n b: 2\n", "line 2: this line does not go on from those above it. Indent it"),
    "quotation marks within quotes": (
        b'a:\n  b: "the "old" one"\n',
        "line 2: this line does not go on from those above",
    ),
    "two documents": (b"a: 1\n---\nb: 2\n", "line 2: a second document begins here"),
    "a tag": (b"title: !!python/name:os.system x\n", "line 1: tags that begin with ! are not used here"),
    "a key twice": (
        b"slug: small\ntitle: One\ntitle: Two\n",
        "line 3: “title” stands here a second time; line 2 has it",
    ),
    "an alias": (b"a: &a [1]\nb: *a\n", "line 2: aliases .* are not used here"),
    "no UTF-8": (b"slug: small\ntitle: Gr\xfc\xdfe\n", "line 2: this is not UTF-8"),
    "far too large": (b"a: " + b"b" * 600_000, "more than 500 kB"),
    "far too deep": (b"[" * 20_000, "too deeply"),
    "nothing": (b"", "the file is empty"),
    "a list": (b"- slug\n", "this has to be fields"),
    "a program": (b"!!python/object/apply:os.system ['true']\n", "tags that begin with ! are not used here"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_playbook_at_all_is_refused_with_a_reason(name: str) -> None:
    raw, message = UNREADABLE[name]
    with pytest.raises(playbooks.InvalidPlaybook, match=message):
        reading.read_bytes(raw, "small.yaml")


def test_ten_lines_that_would_grow_to_gigabytes_are_refused_at_once() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(playbooks.InvalidPlaybook, match="aliases"):
        reading.read_bytes("\n".join(lines).encode(), "small.yaml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from(sorted({*SMALL, "parameters", "versions", "format"})), value=VALUES)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_field_is_accepted_or_refused_and_never_breaks_the_checker(field: str, value: Any) -> None:
    raw = json.dumps({**SMALL, field: value}).encode()
    data, problems = checking.check(raw)
    assert problems or reading.playbook(data)


@given(raw=st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_checker(raw: bytes) -> None:
    _data, problems = checking.check(raw)
    assert problems


def test_the_command_says_each_mistake_on_a_line_and_leaves_with_one(tmp_path: Path, capsys: Any) -> None:
    path = written(tmp_path, surprise=1)
    with pytest.raises(CommandError, match=r"small\.yaml, line \d+, at surprise: there is no field(.|\n)*1 mistake in"):
        call_command("check_playbook", str(path))
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("check_playbook", str(tmp_path / "none.yaml"))
    with pytest.raises(CommandError, match="Name a file"):
        call_command("check_playbook")
    call_command("check_playbook", str(written(tmp_path)))
    assert "is sound: 1 workflows (0 full, 0 partial, 0 none, 1 unknown), 1 steps, version 1" in capsys.readouterr().out


def test_the_published_schema_is_a_schema_and_the_command_prints_it(capsys: Any) -> None:
    call_command("check_playbook", "--schema")
    schema = json.loads(capsys.readouterr().out)
    assert schema["$id"].endswith("playbook-1.json")
    checking._validator().check_schema(schema)


def test_the_smallest_playbook_of_the_guide_is_sound_and_so_are_its_choices() -> None:
    guide = Path("docs/playbooks.md").read_text("utf-8")
    smallest, choices = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    found = reading.read_bytes(f"{smallest}\n{choices}".encode(), "old-chat-to-new-chat.yaml", today=date(2026, 11, 25))
    assert [workflow.key for workflow in found.workflows] == ["webhooks", "private-channels"]
