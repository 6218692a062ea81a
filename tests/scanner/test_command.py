"""The command line: forms of the report, exit codes, what is accepted."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

import migration_planner.scanner
from migration_planner.scanner import ignoring
from migration_planner.scanner.command import main
from tests.scanner.conftest import NOW, Tree, commit, write
from tests.scanner.sarif import SARIF

SCHEMA = json.loads(
    (Path(migration_planner.scanner.__file__).parent / "data" / "report.schema.json").read_text("utf-8")
)
USED: Tree = {
    "CLAUDE.md": "Use tabs.\n",
    "a b/ü[1]|`x`.sh": "claude -p hello\n",
    ".github/workflows/triage.md": "---\nengine: claude\n---\n",
    "README.md": "See CLAUDE.md.\n",
    "src/a.py": "import anthropic\n",
    "tests/a.sh": "claude -p x\n",
    ".claude/settings.json": '{"permissions": {"deny": ["Read(a)"]}, "apiKeyHelper": "x"}',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = write(tmp_path / "tree", USED)
    commit(root)
    return root


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_the_story_comes_first(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = run(capsys, tree)
    assert code == 0
    assert " ".join(out.split("\n\n")[0].split()) == (
        "This repository uses 6 of 50 workflows of Claude Code: 1 carries over by renaming, 3 partly (below is what is "
        "lost), 1 not at all, 1 is an open question."
    )
    assert "1 file calls the Anthropic API by name or key; that is not use of the tool." in out
    assert "control security control" in out


def test_the_json_is_as_its_schema_says(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _code, out, _err = run(capsys, tree, "--json", "-")
    data = json.loads(out)
    assert list(Draft202012Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(data)) == []
    assert {row["key"] for row in data["workflows"] if row["state"] == "used"} == {
        "instructions",
        "settings",
        "permissions",
        "sign-in",
        "scripts",
        "agentic-workflows",
    }


def test_a_name_that_is_no_utf_8_gives_json_that_every_reader_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {os.fsdecode(b"\xff.sh"): "claude -p x\n"})
    _code, out, _err = run(capsys, tmp_path, "--json", "-")
    assert json.loads(out.encode("utf-8"))["findings"][0]["path"] == "\\xff.sh"
    assert "\\ud" not in out


def test_the_sarif_has_the_shape_that_2_1_0_demands(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tree, {ignoring.NAME: "CLAUDE.md # the template of our product\n"})
    _code, out, _err = run(capsys, tree, "--sarif", "-")
    data = json.loads(out)
    assert list(Draft202012Validator(SARIF, format_checker=FormatChecker()).iter_errors(data)) == []
    results = data["runs"][0]["results"]
    rules = data["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[row["ruleIndex"]]["id"] == row["ruleId"] for row in results)
    assert all(row["level"] == "note" for row in results if row["properties"]["class"] in ("mention", "example"))
    assert [row["suppressions"][0]["justification"] for row in results if "suppressions" in row] == [
        "the template of our product"
    ]
    assert any("a%20b/%C3%BC" in row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for row in results)


def test_the_markdown_is_a_table_that_no_name_of_a_file_breaks(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _code, out, _err = run(capsys, tree, "--markdown", "-")
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 6
    assert {line.replace("\\|", "").count("|") for line in table} == {5}


def test_several_forms_are_written_at_once(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, tree, "--json", tmp_path / "a.json", "--sarif", tmp_path / "a.sarif", "--text", tmp_path / "a.txt")
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["format"] == 1
    assert json.loads((tmp_path / "a.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert (tmp_path / "a.txt").read_text("utf-8").startswith("This repository")


@pytest.mark.parametrize(
    ("files", "words", "code"),
    [
        ({"a.sh": "claude -p x\n"}, ["--fail-on", "use"], 1),
        ({"a.sh": "claude -p x\n"}, [], 0),
        ({"a.sh": "claude -p x\n"}, ["--fail-on", "never"], 0),
        ({"README.md": "CLAUDE.md\n"}, ["--fail-on", "use"], 0),
        ({"README.md": "CLAUDE.md\n"}, ["--fail-on", "mention"], 1),
        ({"tests/a.sh": "claude -p x\n"}, ["--fail-on", "use", "--fail-on", "mention"], 0),
        ({"tests/a.sh": "claude -p x\n"}, ["--fail-on", "example"], 1),
        ({"a.py": "import anthropic\n"}, ["--fail-on", "use"], 0),
        ({"a.py": "import anthropic\n"}, ["--fail-on", "use", "--scope", "vendor"], 1),
        ({".gitlab-ci.yml": "CLAUDE_CODE_OAUTH_TOKEN: x\n"}, ["--fail-on", "use"], 1),
        ({".gitlab-ci.yml": "CLAUDE_CODE_OAUTH_TOKEN: x\n"}, ["--fail-on", "credential"], 1),
        ({"a.txt": "x"}, ["--limit", "0"], 2),
        ({"a.txt": "x"}, ["--detectors", "/nowhere"], 2),
        ({"a.txt": "x"}, ["--baseline", "/nowhere"], 2),
        ({"a.txt": "x"}, ["--json", "/nowhere/at/all"], 2),
    ],
)
def test_exit_codes_say_whether_there_is_something_to_object_to(
    files: Tree, words: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, write(tmp_path, files), *words)[0] == code


def test_a_wrong_word_on_the_command_line_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--fail-on", "everything"])
    assert stopped.value.code == 2


def test_a_baseline_accepts_what_there_was_and_nothing_new(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tree / "baseline.json"
    run(capsys, tree, "--write-baseline", baseline)
    assert run(capsys, tree, "--baseline", baseline, "--fail-on", "use")[0] == 0
    write(tree, {"CLAUDE.md": "Moved.\nUse tabs.\n"})
    assert run(capsys, tree, "--baseline", baseline, "--fail-on", "use")[0] == 0
    write(tree, {"a b/ü[1]|`x`.sh": "claude -p hello\nclaude -p again\n"})
    assert run(capsys, tree, "--baseline", baseline, "--fail-on", "use")[0] == 1


def test_an_ignored_line_needs_a_reason_and_ends_with_its_day() -> None:
    text = (
        "# a comment\n"
        "templates/** # product content\n"
        "docs/*.md rule=CC-C12 until=2026-11-25 # next release\n"
        "no-reason/**\n"
        "late/** until=2026-11-24 # was for last week\n"
        "a b # two words\n"
        "x until=soon # when?\n"
    )
    lines, warnings = ignoring.read(text, NOW.date())
    assert [line.reason for line in lines] == ["product content", "next release"]
    assert [warning.split(":")[0] for warning in warnings] == [
        f"{ignoring.NAME}, line {number}" for number in (4, 5, 6, 7)
    ]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("CLAUDE.md", "a/b/CLAUDE.md", True),
        ("/CLAUDE.md", "a/CLAUDE.md", False),
        ("/CLAUDE.md", "CLAUDE.md", True),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a/", "x/a/b", True),
        ("a/b/", "a/b/c/d", True),
        ("a.b", "axb", False),
        ("?.md", "a.md", True),
    ],
)
def test_patterns_are_those_of_gitignore(pattern: str, path: str, matches: bool) -> None:
    assert bool(ignoring.translate(pattern).search(path)) is matches


def test_what_is_ignored_is_reported_with_its_reason_and_does_not_fail(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tree, {ignoring.NAME: "** # all of it is moved next week\n"})
    code, out, _err = run(capsys, tree, "--fail-on", "use", "--json", "-")
    data = json.loads(out)
    assert (code, data["workflows"]) == (0, [])
    assert {finding["accepted"] for finding in data["findings"]} == {"all of it is moved next week"}


def test_a_list_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Input:
        buffer: Any = io.BytesIO(b"anthropic.claude-code\n\xff\xfe\n")

    monkeypatch.setattr("sys.stdin", Input())
    assert run(capsys, "--list", "--fail-on", "use")[0] == 1


def test_a_home_folder_is_looked_at_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {".claude/projects/a/b.jsonl": "x"})
    code, out, _err = run(capsys, "--home", tmp_path, "--fail-on", "use")
    assert (code, "~/.claude/projects/*/*.jsonl" in out) == (1, True)
