"""Programs and scripts that start the tool, in the forms of their languages; and what only looks like it."""

from collections.abc import Callable

import pytest

from migration_planner.scanner.report import Report
from tests.scanner.conftest import Tree

Scanned = Callable[[Tree], Report]

STARTS = {
    "src/spawn.ts": "const child = spawn('claude', args, { cwd });\n",
    "src/pty.js": "const terminal = pty.spawn('claude', [], options);\n",
    "src/resume.rs": '    let out = Command::new("claude")\n        .arg("--resume")\n        .output()?;\n',
    "src/print.rs": 'let out = Command::new("claude").args(["-p", &prompt]).output();\n',
    "cmd/run.go": 'cmd := exec.Command("claude", args...)\n',
    "cmd/ask.go": 'cmd := exec.CommandContext(ctx, "claude", "--model", model)\n',
    "src/Run.java": 'new ProcessBuilder("claude", "--continue").start();\n',
    "lib/review.py": 'subprocess.run(["claude", f"/review {name}"], check=False)\n',
    "lib/build.py": 'cmd = [\n    "claude",\n    "--model", model,\n    "--output-format", "json",\n]\n',
    "lib/extend.py": 'cmd = ["claude"]\ncmd.append(prompt)\n',
    "lib/wait.py": "process = await asyncio.create_subprocess_exec('claude', *args)\n",
    "bin/resume.sh": 'claude --resume "$SESSION"\n',
    "bin/wrap": '#!/bin/sh\nexec claude "$@"\n',
    "bin/fix.sh": 'cd app && claude --model opus "$PROMPT"\n',
    "lib/register.py": 'subprocess.run(\n    ["claude", "mcp", "add-json", name, config],\n    check=True,\n)\n',
    "lib/found.py": 'command = [claude_command, "mcp", "add", name]\n',
    "src/plugin.ts": "await execa('claude', ['plugin', 'install', name]);\n",
    "lib/update.py": 'subprocess.check_call(["claude", "update"])\n',
    "Makefile": 'fix:\n\t@claude --permission-mode plan "Fix it"\n',
}
#: Names of agents, looks whether it is there, words for people.
QUIET = {
    "src/panel.tsx": "onClick={() => void spawn('claude')}\n",
    "src/names.ts": "const agents = ['claude', 'codex'];\nexpect(name).toBe('claude');\nlog.info('claude', '--verbose');\n",
    "src/help.ts": "const help = `\n  claude --continue   go on\n`;\n",
    "src/find.rs": 'let provider = providers.get("claude");\n',
    "cmd/find.go": 'path, err := exec.LookPath("claude")\n',
    "lib/names.py": 'AGENTS = ["claude", "codex"]\nKNOWN = ["claude"]\nagents.run("claude")\nshutil.which("claude")\n',
    "lib/words.py": 'KEYWORDS = ["claude", "mcp", "agents"]\nWAYS = ("claude", "mcp", "io")\nmenu.run([claude, "mcp", "a"])\n',
    "lib/places.py": 'PLUGINS = os.path.join(home, "claude", "plugins", "install.js")\nA = Path("claude", "agents", "update")\n',
    "pyproject.toml": '[project]\nname = "a"\nkeywords = ["claude", "mcp", "server"]\n',
    "lib/other.py": 'subprocess.run(["claudette", "--fast"])\n',
    "bin/hint.sh": "echo 'Run claude --resume to go on'\ncommand -v claude\n# claude --resume x\n",
}


def in_use(report: Report) -> set[str]:
    return {found.path for found in report.findings if found.kind == "use"}


def test_every_way_to_start_it_is_a_use_whatever_the_language(scanned: Scanned) -> None:
    assert in_use(scanned(STARTS)) == set(STARTS)


def test_a_name_a_look_whether_it_is_there_and_a_hint_start_nothing(scanned: Scanned) -> None:
    assert in_use(scanned(QUIET)) == set()


def test_a_call_whose_arguments_are_names_too_is_one_without_a_person(scanned: Scanned) -> None:
    tree = {"run.py": 'cmd = [\n    "claude",\n    "--model", model,\n    "--print", prompt,\n]\n'}
    assert {found.rule for found in scanned(tree).findings if found.kind == "use"} == {"CC-C04"}


def test_the_path_of_a_hook_in_the_tools_own_settings_belongs_to_the_settings(scanned: Scanned) -> None:
    hook = '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": ".claude/hooks/end.sh"}]}]}}'
    report = scanned({".claude/settings.json": hook, ".claude/hooks/end.sh": "true\n"})
    (named,) = [found for found in report.findings if found.rule == "CC-C11"]
    assert (named.kind, named.workflow) == ("use", "settings")


def test_a_description_over_several_lines_only_says_something(scanned: Scanned) -> None:
    action = "name: Measure\ndescription: >-\n  Whether a CLAUDE.md helps,\n\n  or CLAUDE.md hurts.\ninputs:\n  file:\n"
    report = scanned({"action.yml": action + "    description: |\n      Which CLAUDE.md.\n    default: CLAUDE.md\n"})
    found = {found.kind: list(found.lines) or [found.line] for found in report.findings if found.rule == "CC-C12"}
    assert found == {"mention": [3, 5, 9], "use": [10]}


def test_the_name_of_a_project_and_the_words_it_is_found_by_are_no_dependency(scanned: Scanned) -> None:
    quiet = {
        "a/pyproject.toml": '[project]\nname = "claude-agent-sdk"\n[tool.ruff]\nknown-first-party = ["claude_agent_sdk"]\n',
        "b/package.json": '{\n  "name": "@anthropic-ai/claude-agent-sdk",\n  "version": "1"\n}\n',
        "c/package.json": '{\n  "name": "c",\n  "keywords": [\n    "claude-agent-sdk",\n    "anthropic"\n  ]\n}\n',
        "d/pyproject.toml": '[project]\nname = "d"\nkeywords = [\n  "claude-agent-sdk",\n  "anthropic",\n]\n',
    }
    used = {
        "e/pyproject.toml": '[project]\nname = "claude-agent-sdk-tools"\ndependencies = [\n  "claude-agent-sdk",\n]\n',
        "f/package.json": '{\n  "keywords": ["a"],\n  "dependencies": {\n    "@anthropic-ai/claude-agent-sdk": "1"\n  }\n}\n',
        "g/pyproject.toml": '[project]\nname = "g"\nkeywords = ["a"]\ndependencies = ["claude-agent-sdk>=0.1"]\n',
    }
    assert in_use(scanned(quiet | used)) == set(used)


def test_a_module_that_is_imported_by_its_name_is_imported(scanned: Scanned) -> None:
    used = {
        "a.py": 'sdk = importlib.import_module("claude_agent_sdk")\n',
        "b.py": 'sdk = importlib.import_module("anthropic")\n',
    }
    near = {
        "c.py": 'names = ["claude_agent_sdk"]\nlogging.getLogger("claude_agent_sdk")\n',
        "d.py": 'find_spec("anthropic")\nimport_module("anthropic_tools")\n',
    }
    assert in_use(scanned(used | near)) == set(used)


OWN = "CLAUDE_CODE_LOG_TIMING=1 CLAUDE_CODE_LOG_DEBUG=1 make\n"


@pytest.mark.parametrize("manifest", ["pyproject.toml", "package.json"])
def test_a_project_called_after_the_tool_has_variables_of_its_own(scanned: Scanned, manifest: str) -> None:
    name = {"pyproject.toml": '[project]\nname = "claude-code-log"\n', "package.json": '{"name": "claude-code-log"}'}
    tree = {
        manifest: name[manifest],
        "run.sh": OWN,
        "of-the-tool.sh": "CLAUDE_CODE_LOG_A=1 CLAUDE_CODE_EFFORT=9 make\n",
    }
    assert in_use(scanned(tree)) == {"of-the-tool.sh"}


@pytest.mark.parametrize("name", ["claude", "claude-code", "claude-code-logs", "log"])
def test_variables_that_begin_as_the_tools_are_the_tools_in_every_other_project(scanned: Scanned, name: str) -> None:
    assert in_use(scanned({"package.json": f'{{"name": "{name}"}}', "run.sh": OWN})) == {"run.sh"}


def test_recordings_in_documents_for_developers_are_no_use(scanned: Scanned) -> None:
    said = '{"model": "claude-sonnet-4-5", "text": "claude -p hello"}\n'
    report = scanned({"dev-docs/messages/a.json": said, "messages/a.json": said})
    assert {(found.path, found.kind) for found in report.findings if found.scope == "vendor"} == {
        ("dev-docs/messages/a.json", "mention"), ("messages/a.json", "use")
    }  # fmt: skip
