"""What the forms of the tool tell: states of instructions, settings, servers, pipelines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from migration_planner.scanner.detectors import shipped
from migration_planner.scanner.findings import Finding
from migration_planner.scanner.report import Report
from migration_planner.scanner.scanning import scan
from tests.scanner.conftest import NOW, Tree

Scanned = Callable[[Tree], Report]


def one(report: Report, rule: str) -> Finding:
    (found,) = [found for found in report.findings if found.rule == rule]
    return found


@pytest.mark.parametrize(
    ("tree", "state", "kind", "severity"),
    [
        ({"CLAUDE.md": "Use tabs.\n"}, "own text", "use", 3),
        ({"CLAUDE.md": "@AGENTS.md\n"}, "pointer", "use", 1),
        ({"CLAUDE.md": "# Guide\n\n<!-- for Claude -->\n- @./AGENTS.md\n"}, "pointer", "use", 1),
        ({"CLAUDE.md": "Same.\n", "AGENTS.md": "Same.\n"}, "pointer", "use", 1),
        ({"CLAUDE.md": "@AGENTS.md\n" + "Another rule.\n" * 9}, "own text", "use", 3),
        ({"CLAUDE.md": "Look into @AGENTS.md first, which\nholds what AGENTS.md is for.\n"}, "pointer", "use", 1),
        ({"CLAUDE.md": "# Guide\nClaude Code reads this file.\n\n@docs/AGENTS.md\n"}, "pointer", "use", 1),
        ({"CLAUDE.md": "@AGENTS.md\n\n- Ask before you touch the ledger.\n"}, "own text", "use", 3),
        ({"CLAUDE.md": "@AGENTS.md\n\nThe ledger is ours.\n"}, "own text", "use", 3),
        ({"CLAUDE.md": "Never write `@AGENTS.md` in a letter.\n"}, "own text", "use", 3),
        ({"CLAUDE.md": "AGENTS.md is old.\n"}, "own text", "use", 3),
        ({"CLAUDE.md": "-> docs/a.md", "AGENTS.md": "-> docs/a.md", "docs/a.md": "Tabs.\n"}, "link", "use", 1),
        ({"CLAUDE.md": "-> docs/a.md", "AGENTS.md": "Spaces.\n", "docs/a.md": "Tabs.\n"}, "own text", "use", 3),
        ({"CLAUDE.md": "-> AGENTS.md"}, "link", "use", 1),
        ({"CLAUDE.md": "-> docs/guide.md"}, "own text", "use", 3),
        ({"CLAUDE.md": ""}, "empty", "use", 1),
        ({"CLAUDE.md": "\ufeff\n<!-- nothing -->\n"}, "empty", "use", 1),
        ({"templates/CLAUDE.md": "Use {{ language }}.\n"}, "fixture", "example", 1),
        ({"tests/data/CLAUDE.md": "Use tabs.\n"}, "fixture", "example", 1),
    ],
)
def test_the_five_states_of_instructions_are_told_apart(
    scanned: Scanned, tree: dict[str, str], state: str, kind: str, severity: int
) -> None:
    found = one(scanned(tree), "CC-P01")
    assert (found.facts["state"], found.kind, found.severity) == (state, kind, severity)


def test_a_link_checked_out_as_a_file_is_a_link_by_its_mode_in_git(scanned: Scanned, tmp_path: Path) -> None:
    scanned({"CLAUDE.md": "-> AGENTS.md"})
    (tmp_path / "CLAUDE.md").unlink()
    (tmp_path / "CLAUDE.md").write_text("AGENTS.md")
    assert one(scan(str(tmp_path), shipped(), now=NOW), "CC-P01").facts["state"] == "link"


SETTINGS = """{
  // who may do what
  "permissions": {
    "allow": ["Bash(make:*)", "mcp__github__*"],
    "deny": [
      "Read(./.env)",
      "Bash(rm:*)",
      "Bash(curl:*)",
    ],
    "defaultMode": "acceptEdits"
  },
  "env": {"SECRET_TOKEN": "hunter2hunter2"},
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "./check.sh"}, {"type": "prompt", "prompt": "Safe?"}]}
    ],
    "Setup": [{"hooks": [{"type": "mcp_tool", "tool": "x"}]}],
    "TotallyUnknown": [{"hooks": [{"type": "strange"}]}]
  },
  "somethingNobodyKnows": 1
}
"""


def test_settings_are_parsed_with_their_comments_and_deny_rules_are_security_controls(scanned: Scanned) -> None:
    report = scanned({".claude/settings.json": SETTINGS})
    deny = one(report, "CC-S01")
    assert (deny.count, deny.lines, deny.severity) == (3, (6, 7, 8), 4)
    assert deny.facts == {"key": "permissions.deny", "tools": {"Bash": 2, "Read": 1}, "control": "security control"}
    assert one(report, "CC-S02").facts["tools"] == {"Bash": 1, "MCP": 1}
    assert one(report, "CC-S03").line == 10
    assert one(report, "CC-S19").line == 20


def test_hooks_are_told_by_event_and_type_of_handler(scanned: Scanned) -> None:
    report = scanned({".claude/settings.json": SETTINGS})
    hooks = {
        found.facts["event"]: (found.line, found.facts["types"]) for found in report.findings if found.rule == "CC-H01"
    }
    assert hooks == {
        "PreToolUse": (14, {"command": 1, "prompt": 1}),
        "Setup": (17, {"mcp_tool": 1}),
        "other": (18, {"other": 1}),
    }


def test_hooks_of_a_plug_in_count_and_those_of_another_tool_do_not(scanned: Scanned) -> None:
    hooks = '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "a"}]}]}}'
    report = scanned({"a/hooks/hooks.json": hooks, "b/hooks/hooks.json": hooks, "b/.claude-plugin/plugin.json": "{}"})
    assert one(report, "CC-H01").path == "b/hooks/hooks.json"


def test_servers_are_told_by_transport_and_by_where_variables_stand(scanned: Scanned) -> None:
    servers = {
        "private-name": {"command": "npx", "args": ["-y", "${PACKAGE}"], "env": {"TOKEN": "${TOKEN:-none}"}},
        "other-name": {"type": "http", "url": "https://mcp.acme.example", "headers": {"A": "Bearer ${KEY}"}},
        "third": {"type": "ws", "url": "wss://x"},
    }
    report = scanned({".mcp.json": json.dumps({"mcpServers": servers}, indent=1), "CLAUDE.md": "Use tabs.\n"})
    found = one(report, "CC-M01")
    assert found.facts["servers"] == [
        {"line": 3, "transport": "stdio", "variables_in": ["args", "env"]},
        {"line": 13, "transport": "http", "variables_in": ["headers"]},
        {"line": 20, "transport": "ws", "variables_in": []},
    ]
    assert "private-name" not in json.dumps(report.as_dict())


ACTION = """jobs:
  review:
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - name: Review
        id: review
        if: contains(github.event.comment.body, '@claude')
        uses: anthropics/claude-code-action@{pin}
        with:
          anthropic_api_key: ${{{{ secrets.ANTHROPIC_API_KEY }}}}
          claude_args: |
            --max-turns 5
            model: x
          our_own_input: 1
      - run: echo "${{{{ steps.review.outputs.structured_output }}}}"
        with:
          prompt: not ours
"""


@pytest.mark.parametrize(
    ("pin", "shown"),
    [("v1", "v1"), ("v1.0.51", "release"), ("beta", "beta"), ("a" * 40, "commit"), ("my-secret-branch", "other")],
)
def test_the_action_is_told_with_its_pin_its_inputs_and_the_outputs_somebody_reads(
    scanned: Scanned, pin: str, shown: str
) -> None:
    report = scanned({".github/workflows/review.yml": ACTION.format(pin=pin)})
    assert one(report, "CC-C01").facts == {
        "pins": [shown],
        "inputs": ["anthropic_api_key", "claude_args"],
        "other_inputs": 1,
        "outputs_read": ["structured_output"],
        "mode": "waits for a mention",
    }
    assert one(report, "CC-C13").line == 9
    assert one(report, "CC-C06").kind == "credential"


def test_a_compiled_agentic_workflow_is_found_although_it_never_names_the_action(scanned: Scanned) -> None:
    lock = "jobs:\n  agent:\n    steps:\n      - run: npm install -g @anthropic-ai/claude-code@2.1.220\n"
    found = one(scanned({".github/workflows/triage.lock.yml": lock}), "CC-C02")
    assert (found.workflow, found.kind, found.line) == ("agentic-workflows", "use", 4)


def test_a_call_that_a_backslash_carries_on_is_found_in_its_first_line_only(scanned: Scanned) -> None:
    script = '#!/bin/sh\n"$HOME/.local/bin/claude" \\\n  --model x \\\n  -p "Fix it"\n'
    assert one(scanned({"bin/fix": script}), "CC-C04").lines == (2,)


def test_a_line_that_is_carried_on_to_is_found_in_its_own_line(scanned: Scanned) -> None:
    assert one(scanned({"fix.sh": "echo claude; \\\n  claude -p x\n"}), "CC-C04").lines == (2,)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("src/a.py", 'words = [\n    "claude",\n    "--model",\n    "-p",\n]\n', 2),
        ("src/a.ts", "run('git');\nspawn(\n  'claude',\n  ['--print', text],\n);\n", 3),
        ("src/b.py", "found = which('claude')\nrun([found])\nrun([claude_path, '-p', text])\n", 3),
        (".gitlab-ci.yml", 'tidy:\n  script:\n    - >\n      claude\n      -p "Tidy up"\n      --verbose\n', 4),
    ],
)
def test_a_call_in_lines_of_its_own_is_found_where_the_program_stands(
    scanned: Scanned, name: str, text: str, line: int
) -> None:
    found = one(scanned({name: text}), "CC-C04")
    assert (found.kind, found.lines) == ("use", (line,))


def test_a_handler_without_its_list_is_counted_although_it_is_written_wrongly(scanned: Scanned) -> None:
    text = '{"hooks": {"Stop": [{"matcher": "Edit", "command": "a"}, {"hooks": [{"type": "prompt", "prompt": "b"}]}]}}'
    found = one(scanned({".claude/settings.json": text}), "CC-H01")
    assert (found.count, found.facts["types"]) == (2, {"command": 1, "prompt": 1})


def test_folders_that_the_assistant_may_enter_are_counted_and_are_no_rules_about_tools(scanned: Scanned) -> None:
    text = '{"permissions": {"additionalDirectories": ["../a", "../b"]}}'
    facts = one(scanned({".claude/settings.json": text}), "CC-S02").facts
    assert facts == {"key": "permissions.additionalDirectories", "entries": 2}


@pytest.mark.parametrize(
    "text",
    [
        '{"features": {"ghcr.io/somebody/devcontainer-features/claude-code:1": {}}}',
        '{"mounts": [{"source": "kept", "target": "/home/dev/.claude", "type": "volume"}]}',
    ],
)
def test_a_container_brings_the_tool_by_anybodys_feature_and_by_a_mount(scanned: Scanned, text: str) -> None:
    assert one(scanned({".devcontainer/devcontainer.json": text}), "CC-C09").kind == "use"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", "FROM node:24\nRUN mkdir -p /work /home/node/.claude\n"),
        ("Dockerfile", "FROM ghcr.io/somebody/claude-code:latest\n"),
        ("compose.yaml", "services:\n  a:\n    image: ghcr.io/somebody/claude-code-cli:latest\n"),
    ],
)
def test_an_image_brings_the_tool_by_its_folder_and_by_what_it_is_made_from(
    scanned: Scanned, name: str, text: str
) -> None:
    found = one(scanned({name: text}), "CC-C09")
    assert (found.kind, found.workflow) == ("use", "containers")


def test_a_program_on_the_first_kit_for_programs_is_one_on_the_kit(scanned: Scanned) -> None:
    found = one(scanned({"a.mjs": 'import { query } from "@anthropic-ai/claude-code/sdk.mjs";\n'}), "CC-C02")
    assert (found.kind, found.workflow) == ("use", "agent-sdk")


def test_a_feature_for_containers_that_installs_the_extension_uses_it(scanned: Scanned) -> None:
    text = '{"customizations": {"vscode": {"extensions": ["anthropic.claude-code"]}}}'
    assert one(scanned({"src/editor/devcontainer-feature.json": text}), "CC-C10").kind == "use"


def test_an_alias_that_lets_people_skip_all_questions_is_a_command_of_the_tool(scanned: Scanned) -> None:
    assert one(scanned({"a.sh": 'alias go="claude --allow-dangerously-skip-permissions"\n'}), "CC-C05").kind == "use"


def test_a_key_in_a_deployment_is_named_where_it_is_handed_over(scanned: Scanned) -> None:
    text = "env:\n  - name: CLAUDE_CODE_OAUTH_TOKEN\n    valueFrom: {}\n"
    assert one(scanned({"deploy.yaml": text}), "CC-C24").kind == "credential"


def test_a_path_in_the_tools_own_settings_is_read_and_one_in_an_ignore_file_is_one_line_of_it(scanned: Scanned) -> None:
    hook = '{"hooks": {"Stop": [{"hooks": [{"command": "sh .claude/hooks/a.sh"}]}]}}'
    report = scanned({".claude/settings.json": hook, ".gitignore": ".claude/hooks/\nCLAUDE.md\n"})
    assert [(found.path, found.kind) for found in report.findings if found.rule == "CC-C11"] == [
        (".claude/settings.json", "use")
    ]
    assert one(report, "CC-C16").lines == (1, 2)


def test_a_dependency_in_a_manifest_of_any_form_is_the_vendors(scanned: Scanned) -> None:
    found = one(scanned({"parts/chat/manifest.json": '{"needs": ["anthropic==0.96.0"]}'}), "CC-V01")
    assert (found.kind, found.scope) == ("use", "vendor")
