"""The patch that carries over, applied by the real git; and what becomes of everything it leaves."""

import json
from pathlib import Path
from typing import Any

import pytest

from migration_planner.scanner.command import main
from migration_planner.scanner.plan.diffs import quoted
from migration_planner.scanner.plan.rows import ENDS
from tests.scanner.cases import KEY
from tests.scanner.conftest import Tree, commit, git, write


class Planned:
    """A committed tree with its plan: `rows` by artefact, and `apply` by the real git."""

    def __init__(self, root: Path, tree: Tree, *words: str):
        self.root, self.out = write(root / "tree", tree), root / "carry-over.patch"
        commit(self.root)
        before = git(self.root, "status", "--porcelain")
        told = root / "told.json"
        self.code = main([str(self.root), "--plan", "--out", str(self.out), "--report", str(told), *words])
        assert git(self.root, "status", "--porcelain") == before, "a plan changes nothing in the tree"
        self.patch = self.out.read_bytes().decode("utf-8", "surrogateescape")
        self.data: dict[str, Any] = json.loads(told.read_text("utf-8"))
        self.rows: dict[str, dict[str, Any]] = {row["artefact"]: row for row in self.data["artefacts"]}

    def end(self, artefact: str) -> str:
        return str(self.rows[artefact]["end"])

    def notes(self, artefact: str) -> str:
        return " ".join(self.rows[artefact]["lost"] + self.rows[artefact]["look"])

    def apply(self) -> Path:
        git(self.root, "apply", "--check", str(self.out))
        git(self.root, "apply", "--index", str(self.out))
        return self.root


SETTINGS = {
    "permissions": {
        "allow": ["Bash(make:*)"],
        "ask": ["Bash(git push:*)"],
        "deny": ["Read(./.env)", "Edit(.claude/settings.json)"],
        "defaultMode": "acceptEdits",
        "disableBypassPermissionsMode": "disable",
        "additionalDirectories": ["../other"],
    },
    "hooks": {
        "PreToolUse": [
            {
                "matcher": "Bash",
                "hooks": [{"type": "command", "command": '"$CLAUDE_PROJECT_DIR"/.claude/hooks/check.sh'}],
            }
        ],
        "Stop": [{"hooks": [{"type": "mcp_tool", "tool": "x"}, {"type": "prompt", "prompt": "Done?", "once": True}]}],
        "Setup": [{"hooks": [{"type": "command", "command": "make"}]}],
        "TaskCompleted": [{"hooks": [{"type": "command", "command": "make"}]}],
    },
    "env": {"API_TOKEN": "hunter2hunter2"},
    "enableAllProjectMcpServers": True,
    "cleanupPeriodDays": 20,
    "sandbox": {"enabled": True},
}
WHOLE: Tree = {
    "CLAUDE.md": "# Guide\n\nSee `.claude/rules/style.md` and web/CLAUDE.md, not https://x.example/CLAUDE.md.\nNo line end",
    "web/CLAUDE.md": "@AGENTS.md\n",
    "web/AGENTS.md": "Use tabs.\n",
    "api/CLAUDE.md": "-> AGENTS.md",
    "api/AGENTS.md": "Use tabs.\n",
    "old/CLAUDE.md": "",
    "tests/fixtures/CLAUDE.md": "A fixture.\n",
    ".claude/rules/style.md": "---\npaths:\n  - '**/*.py'\n---\nUse tabs.\r\nAnd feeds.\r\n",
    ".claude/commands/team/fix it.md": "---\nmodel: opus\n---\n$ARGUMENTS .claude/skills/pdf/run.sh\n",
    ".claude/agents/tester.md": "---\nname: tester\nmodel: sonnet\npermissionMode: bypassPermissions\ncolor: red\n---\n",
    ".claude/agents/quiet.md": "---\nname: quiet\ndescription: Tests\nmodel: inherit\n---\nTest.\n",
    ".claude/skills/pdf/SKILL.md": "---\nname: pdf\ndescription: R\n---\n${CLAUDE_SKILL_DIR}/run.sh in ${CLAUDE_SESSION_ID}\n",
    ".claude/skills/pdf/run.sh": "#!/bin/sh\necho $CLAUDE_PROJECT_DIR $CLAUDE_ENV_FILE\n",
    ".claude/skills/pdf/logo.png": b"\x89PNG\0\xff",
    ".claude/skills/bad/SKILL.md": "No head.\n",
    ".claude/hooks/check.sh": "#!/bin/sh\ncat .claude/hooks/words.txt\n",
    ".claude/hooks/wörds.txt": "a\n",
    ".claude/output-styles/terse.md": "Be terse.\n",
    ".claude/settings.json": json.dumps(SETTINGS, indent=2),
    ".claude/settings.local.json": '{"permissions": {"allow": ["Bash(*)"]}}',
    ".mcp.json": json.dumps(
        {
            "mcpServers": {
                "plain": {"command": "npx", "args": ["${PACKAGE}"]},
                "socket": {"type": "ws", "url": "wss://x.example"},
            }
        }
    ),
    ".github/workflows/review.yml": "jobs:\n  a:\n    steps:\n      - uses: anthropics/claude-code-action@v1\n",
    "README.md": "See CLAUDE.md.\n",
}


@pytest.fixture
def whole(tmp_path: Path) -> Planned:
    return Planned(tmp_path, WHOLE)


def test_the_patch_applies_to_a_clean_tree_and_moves_what_moves(whole: Planned) -> None:
    root = whole.apply()
    assert whole.code == 0
    assert (root / "AGENTS.md").read_text("utf-8") == (
        "# Guide\n\nSee `.qoder/rules/style.md` and web/AGENTS.md, not https://x.example/CLAUDE.md.\nNo line end"
    )
    for gone in ("CLAUDE.md", "web/CLAUDE.md", "api/CLAUDE.md", "old/CLAUDE.md", ".claude/rules", ".claude/skills/pdf"):
        assert not (root / gone).exists()
        assert not (root / gone).is_symlink()
    assert b"tabs.\r\nAnd" in (root / ".qoder/rules/style.md").read_bytes()
    assert (root / ".qoder/skills/pdf/logo.png").read_bytes() == b"\x89PNG\0\xff"
    assert "${QODER_SKILL_DIR}/run.sh in ${QODER_SESSION_ID}" in (root / ".qoder/skills/pdf/SKILL.md").read_text(
        "utf-8"
    )
    assert ".qoder/skills/pdf/run.sh" in (root / ".qoder/commands/team/fix it.md").read_text("utf-8")
    assert (root / ".qoder/hooks/wörds.txt").exists()
    assert (root / "tests/fixtures/CLAUDE.md").exists()


def test_a_script_stays_executable(tmp_path: Path) -> None:
    root = write(tmp_path / "tree", {".claude/hooks/a.sh": "#!/bin/sh\necho $CLAUDE_PROJECT_DIR\n"})
    (root / ".claude/hooks/a.sh").chmod(0o755)
    planned = Planned(tmp_path, {})
    assert (planned.apply() / ".qoder/hooks/a.sh").stat().st_mode & 0o100


def test_every_artefact_ends_in_one_of_five_ways(whole: Planned) -> None:
    assert set(whole.data["ends"]) == set(ENDS)
    assert sum(whole.data["ends"].values()) == len(whole.data["artefacts"])
    ends = {
        "CLAUDE.md": "carried",
        "web/CLAUDE.md": "not needed",
        "api/CLAUDE.md": "not needed",
        "old/CLAUDE.md": "not needed",
        "tests/fixtures/CLAUDE.md": "not needed",
        ".claude/rules/style.md": "carried",
        ".claude/commands/team/fix it.md": "carried with loss",
        ".claude/agents/tester.md": "carried with loss",
        ".claude/agents/quiet.md": "carried",
        ".claude/skills/bad/SKILL.md": "carried with loss",
        ".claude/hooks/check.sh": "carried",
        ".claude/output-styles/terse.md": "by hand",
        ".claude/settings.local.json": "by hand",
        ".mcp.json: plain": "carried",
        ".mcp.json: socket": "by hand",
        ".github/workflows/review.yml:4": "by hand",
    }
    assert {name: whole.end(name) for name in ends} == ends
    tracked = git(whole.root, "-c", "core.quotePath=false", "ls-files").splitlines()
    rows = " ".join(whole.rows) + " ".join(row["path"] for row in whole.data["mentions"])
    assert [path for path in tracked if ("laude" in path.lower() or path == ".mcp.json") and path not in rows] == []


def test_settings_are_carried_key_by_key_and_none_is_dropped_in_silence(whole: Planned) -> None:
    ends = {
        name.split(": ", 1)[1]: row["end"]
        for name, row in whole.rows.items()
        if name.startswith(".claude/settings.json: ")
    }
    assert ends == {
        "permissions.allow": "carried",
        "permissions.ask": "carried with loss",
        "permissions.deny": "carried",
        "permissions.defaultMode": "carried",
        "permissions.disableBypassPermissionsMode": "carried",
        "permissions.additionalDirectories": "by hand",
        "hooks.PreToolUse": "carried",
        "hooks.Stop": "carried with loss",
        "hooks.Setup": "not carried",
        "hooks.TaskCompleted": "by hand",
        "env": "not carried",
        "enableAllProjectMcpServers": "not carried",
        "cleanupPeriodDays": "not carried",
        "sandbox": "by hand",
    }
    new = json.loads((whole.apply() / ".qoder/settings.json").read_text("utf-8"))
    assert new == {
        "permissions": {key: SETTINGS["permissions"][key] for key in ("allow", "ask", "deny")},  # type: ignore[index]
        "general": {"defaultPermissionMode": "accept_edits"},
        "security": {"disableYoloMode": True},
        "hooks": {
            "PreToolUse": [
                {
                    "matcher": "Bash",
                    "hooks": [{"type": "command", "command": '"$QODER_PROJECT_DIR"/.qoder/hooks/check.sh'}],
                }
            ],
            "Stop": [{"hooks": [{"type": "prompt", "prompt": "Done?", "once": True}]}],
        },
    }
    assert (whole.root / ".claude/settings.json").exists(), "it stays until every key is settled"


def test_security_controls_are_named(whole: Planned) -> None:
    controls = {name.split(": ")[1] for name, row in whole.rows.items() if row["control"]}
    assert controls == {"permissions.deny", "permissions.disableBypassPermissionsMode", "sandbox"}
    assert "Rule 2 names a path of the old tool" in whole.notes(".claude/settings.json: permissions.deny")


def test_what_is_lost_or_uncertain_is_said_where_it_is(whole: Planned) -> None:
    assert "The model sonnet is not known there and became inherit" in whole.notes(".claude/agents/tester.md")
    assert "permissionMode: bypassPermissions is a matter of trust" in whole.notes(".claude/agents/tester.md")
    assert "what color means there" in whole.notes(".claude/agents/tester.md")
    assert "CLAUDE_ENV_FILE has no documented counterpart. Line 2." in whole.notes(".claude/skills/pdf/run.sh")
    assert "It needs a description." in whole.notes(".claude/skills/bad/SKILL.md")
    assert "handler of type mcp_tool has no counterpart" in whole.notes(".claude/settings.json: hooks.Stop")
    assert "Variables stand in args" in whole.notes(".mcp.json: plain")
    agent = (whole.apply() / ".qoder/agents/tester.md").read_text("utf-8")
    assert agent == "---\nname: tester\nmodel: inherit\ncolor: red\n---\n"


def test_no_secret_and_no_consent_is_in_the_patch_or_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    planned = Planned(
        tmp_path,
        {
            ".claude/commands/a.md": f"Use {KEY} here\n",
            ".claude/hooks/b.sh": f"curl -H 'Authorization: Bearer {token}' x\n",
            ".claude/settings.json": json.dumps(
                {
                    "env": {"X": KEY},
                    "enabledMcpjsonServers": ["a"],
                    "permissions": {"defaultMode": "bypassPermissions", "allow": [f"Bash(curl -u {token})"]},
                    "hooks": {
                        "Stop": [
                            {"hooks": [{"type": "http", "url": "x", "headers": {"Authorization": f"Bearer {token}"}}]}
                        ]
                    },
                }
            ),
        },
    )
    for text in (planned.patch, json.dumps(planned.data), capsys.readouterr().out):
        assert KEY not in text
        assert token not in text
        assert "bypass_permissions" not in text
    assert planned.patch == ""
    assert {row["end"] for row in planned.rows.values()} <= {"by hand", "not carried"}
    assert "Something like a secret stands in line 1" in planned.notes(".claude/commands/a.md")


def test_an_existing_target_is_never_overwritten(tmp_path: Path) -> None:
    planned = Planned(
        tmp_path,
        {
            "CLAUDE.md": "Old.\n",
            "AGENTS.md": "New.\n",
            ".claude/settings.json": '{"permissions": {"deny": ["Read(a)"]}}',
            ".qoder/settings.json": "{}",
            ".claude/agents/a.md": "A\n",
            ".qoder/agents/A.md": "A\n",
        },
    )
    assert planned.patch == ""
    assert {row["end"] for row in planned.rows.values()} == {"by hand"}


def test_what_is_written_wrongly_is_left_to_people_and_what_is_empty_to_nobody(tmp_path: Path) -> None:
    settings = {"hooks": {"Stop": [{"command": "make"}]}, "permissions": {"deny": [], "allow": ["Bash(make:*)"]}}
    planned = Planned(tmp_path, {".claude/settings.json": json.dumps(settings)})
    assert planned.end(".claude/settings.json: hooks.Stop") == "by hand"
    assert "without the list “hooks”" in planned.notes(".claude/settings.json: hooks.Stop")
    assert planned.end(".claude/settings.json: permissions.deny") == "not needed"
    assert (planned.apply() / ".qoder/settings.json").read_text().count("deny") == 0


def test_instructions_inside_of_the_tools_folder_go_to_the_folder_they_hold_for(tmp_path: Path) -> None:
    planned = Planned(tmp_path, {".claude/CLAUDE.md": "Tabs.\n", "a/.claude/CLAUDE.md": "Spaces.\n"})
    assert (planned.apply() / "AGENTS.md").read_text() == "Tabs.\n"
    assert (planned.root / "a/AGENTS.md").read_text() == "Spaces.\n"


def test_settings_that_are_carried_whole_leave_nothing_behind(tmp_path: Path) -> None:
    root = Planned(tmp_path, {".claude/settings.json": '{"permissions": {"deny": ["Read(a)"]}}\n'}).apply()
    assert not (root / ".claude/settings.json").exists()
    assert json.loads((root / ".qoder/settings.json").read_text("utf-8")) == {"permissions": {"deny": ["Read(a)"]}}


def test_after_the_patch_a_second_scan_finds_nothing_that_was_carried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = Planned(
        tmp_path, {"CLAUDE.md": "Use tabs.\n", ".claude/agents/a.md": "---\nname: a\ndescription: b\n---\nHi.\n"}
    )
    root = planned.apply()
    git(root, "commit", "-qm", "Carry over")
    assert main([str(root), "--fail-on", "use"]) == 0


def test_the_other_edition_carries_only_what_is_documented_for_it(tmp_path: Path) -> None:
    planned = Planned(
        tmp_path,
        {
            "CLAUDE.md": "Use tabs.\n",
            ".claude/rules/a.md": "A\n",
            ".claude/rules/long.md": "x" * 10_001,
            ".claude/settings.json": "{}",
        },
        "--edition",
        "qoder-cn",
    )
    assert (planned.end(".claude/rules/a.md"), planned.end(".claude/rules/long.md")) == ("carried", "carried with loss")
    assert planned.end("CLAUDE.md") == "by hand"
    assert "edition qoder-cn" in planned.notes(".claude/settings.json")
    assert (planned.apply() / ".lingma/rules/a.md").exists()


def test_an_edition_that_nobody_knows_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--plan", "--edition", "x"]) == 2
    assert "Choose one of: qoder, qoder-cn" in capsys.readouterr().err


def test_the_report_for_people_names_each_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path / "tree", WHOLE)
    commit(root)
    assert main([str(root), "--plan", "--out", str(tmp_path / "x.patch")]) == 0
    text = (tmp_path / "x.md").read_text("utf-8")
    for title in (
        "## Carried (",
        "## Carried with loss (",
        "## By hand (",
        "## Not carried (",
        "## Not needed (",
        "## Mentions to edit (",
    ):
        assert title in text
    assert "**Security control.**" in text


def test_a_name_that_needs_quotes_survives_the_patch(tmp_path: Path) -> None:
    names = ['a "b".md', "tab\there.md", "naïve.md", "back\\slash.md", "trailing space .md", "line\nbreak.md"]
    planned = Planned(tmp_path, {f".claude/rules/{name}": "See CLAUDE.md\n" for name in names})
    root = planned.apply()
    assert sorted(path.name for path in (root / ".qoder/rules").iterdir()) == sorted(names)


@pytest.mark.parametrize(
    ("path", "written"),
    [("a b.md", "a b.md"), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("ü", '"\\303\\274"'), ("a\n", '"a\\n"')],
)
def test_names_are_quoted_as_git_quotes_them(path: str, written: str) -> None:
    assert quoted(path) == written
