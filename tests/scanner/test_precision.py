"""What must raise no alarm. Each of these made another scanner cry wolf."""

import json
from collections.abc import Callable

import pytest

from migration_planner.scanner.output import FORMS, written
from migration_planner.scanner.report import Report
from tests.scanner.cases import KEY
from tests.scanner.conftest import Tree

Scanned = Callable[[Tree], Report]

QUIET: dict[str, dict[str, str]] = {
    "a library that supports the vendor's API": {
        "src/llm/providers/anthropic.py": 'import anthropic\nKEY = os.environ["ANTHROPIC_API_KEY"]\nMODEL = "claude-opus-4-1"\n',
        "src/llm/hosts.ts": 'export const HOST = "https://api.anthropic.com";\n',
        ".github/workflows/test.yml": "env:\n  ANTHROPIC_API_KEY: ${{ secrets.ANTHROPIC_API_KEY }}\njobs: {}\n",
        "pyproject.toml": '[project]\ndependencies = [\n  "anthropic>=0.40",\n]\n',
    },
    "an importer that reads the old format": {
        "src/import/claude.ts": 'const FILES = [".claude/settings.json", "CLAUDE.md"];\nconst V = "CLAUDE_PROJECT_DIR";\n',
        "src/import/hooks.go": 'var old = ".claude/hooks/" // as Claude Code has it\n',
        "src/convert.py": '"""Reads what claude -p wrote.\n\nclaude mcp add x\n"""\nPATH = ".claude/agents/a.md"\n',
    },
    "recorded cassettes": {
        "tests/cassettes/chat.yaml": "uri: https://api.anthropic.com/v1/messages\nmodel: claude-sonnet-4-5\nx: claude -p\n",
        "tests/recordings/a.json": '{"cmd": "claude -p hello", "key": "sk-ant-api03-xxxxxxxxxxxxxxxxxxxx"}',
    },
    "tests and samples": {
        "tests/run.sh": "claude -p x\n",
        "examples/shop/.github/workflows/a.yml": "steps:\n  - uses: anthropics/claude-code-action@v1\n",
        "src/app.test.ts": "import { query } from '@anthropic-ai/claude-agent-sdk';\n",
    },
    "translated README examples": {
        "README.zh-CN.md": "```bash\nnpm install -g @anthropic-ai/claude-code\nclaude -p '你好'\n```\n",
        "docs/ja/setup.mdx": "curl -fsSL https://claude.ai/install.sh | bash\n",
        "docs/de/run.sh": "claude -p hallo\n",
        "locales/fr.json": '{"hint": "claude mcp add serveur"}',
        "locale/zh/django.po": 'msgid "claude mcp add"\n',
    },
    "prose about the tool": {
        "CHANGELOG.md": "- Works with Claude Code; see CLAUDE.md and .claude/commands/fix.md\n",
        "notes.txt": "Set CLAUDE_CODE_OAUTH_TOKEN, then run claude --dangerously-skip-permissions -p hello\n",
    },
    "a line that is commented out": {
        "run.sh": "# claude -p hello\n",
        ".github/workflows/a.yml": "steps:\n  # - uses: anthropics/claude-code-action@v1\n",
        "Dockerfile": "# RUN npm install -g @anthropic-ai/claude-code\n",
    },
    "a hint that a pipeline prints": {
        ".github/workflows/a.yml": "steps:\n  - run: echo 'Run claude -p hello'\n",
        "Makefile": "help:\n\t@echo 'claude mcp add x'\n",
    },
    "a hint that is printed": {"run.sh": 'echo "Run claude -p hello"\nprintf "%s" "claude mcp add x"\n'},
    "a bundle": {"dist/app.js": "var a=" + "1+" * 3000 + "1;\nvar doc=`\nfrom claude_agent_sdk import query\n`;\n"},
    "words that begin alike": {
        "run.sh": "claudette -p x\nclaude-flow -p x\nmy-claude -p x\nclaude_wrapper --print\n",
        "package.json": '{"dependencies": {"@anthropic-ai/claude-code-router": "1", "claude-code-sdk-x": "1"}}',
        "src/a.py": "from claude_agent_sdk_tools import x\n",
    },
    "the same flag of another tool": {"run.sh": "qodercli --dangerously-skip-permissions -p x\n"},
    "a word in a list of names": {
        "src/tools.py": 'TOOLS = [\n    "claude",\n    "codex",\n    "aider",\n]\nNAMES = (\n    "claude",\n    "print",\n)\n',
    },
    "a pipeline that lies there as prose": {
        ".github/workflows/a.md": "steps:\n  - uses: anthropics/claude-code-action@v1\n    with:\n      prompt: Look\n",
    },
    "an image and a folder of a like name": {
        "compose.yaml": "services:\n  a:\n    image: ghcr.io/somebody/claude-code-router:1\n    volumes: [/root/.claudette]\n",
    },
    "what only describes": {
        "src/shell/devcontainer-feature.json": '{\n "description": "An alias for claude --dangerously-skip-permissions"\n}\n',
        ".github/workflows/b.yml": "jobs:\n  a:\n    steps:\n      - name: Once this ran claude -p hello\n        run: make\n",
    },
    "servers that several assistants read": {
        ".mcp.json": '{"mcpServers": {"a": {"command": "b"}}}',
        "REVIEW.md": "Be kind.\n",
    },
}


@pytest.mark.parametrize("name", QUIET)
def test_it_raises_no_alarm_over(name: str, scanned: Scanned) -> None:
    report = scanned(QUIET[name])
    assert [(found.rule, found.path, found.line, found.kind) for found in report.used()] == []


def test_the_tool_with_another_vendors_model_is_use_of_the_tool(scanned: Scanned) -> None:
    text = (
        "---\nengine:\n  id: claude\n  env:\n    ANTHROPIC_BASE_URL: https://api.other.example/anthropic\n"
        "    ANTHROPIC_API_KEY: ${{ secrets.OTHER_KEY }}\n---\n"
    )
    report = scanned({".github/workflows/shared/engine.md": text})
    assert {found.rule for found in report.used()} == {"CC-A01", "CC-C06", "CC-C28"}


def test_a_key_beside_the_tool_is_the_tools_and_alone_the_vendors(scanned: Scanned) -> None:
    report = scanned({"a.sh": "export ANTHROPIC_API_KEY=$K\nclaude -p x\n", "b.sh": "export ANTHROPIC_API_KEY=$K\n"})
    assert {(found.path, found.scope) for found in report.findings if found.rule == "CC-C06"} == {
        ("a.sh", "tool"),
        ("b.sh", "vendor"),
    }


def test_what_is_printed_into_the_tool_or_beside_it_is_a_call(scanned: Scanned) -> None:
    report = scanned(
        {"a.sh": 'echo "Fix it" | claude -p\n', "b.sh": 'echo "$(claude -p x)"\n', "c.sh": "echo x && claude -p x\n"}
    )
    assert [found.path for found in report.used()] == ["a.sh", "b.sh", "c.sh"]


def test_no_content_and_no_secret_is_in_any_form_of_the_report(scanned: Scanned) -> None:
    words = ["hunter2hunter2", "OUR_PRIVATE_VARIABLE", "internal.acme.example", "do-the-secret-thing", KEY, KEY[10:60]]
    settings = {
        "env": {words[1]: words[0]},
        "hooks": {words[3]: [{"hooks": [{"type": words[3], "command": words[3]}]}]},
        "permissions": {"deny": [f"{words[3]}(x)"], "allow": [f"WebFetch(domain:{words[2]})"]},
        words[3]: words[0],
    }
    report = scanned(
        {
            ".claude/settings.json": json.dumps(settings),
            ".mcp.json": json.dumps({"mcpServers": {words[3]: {"url": words[2], "headers": {words[1]: words[0]}}}}),
            "CLAUDE.md": f"# {words[3]}\n",
            "a.sh": f"{words[1]}={words[0]} claude -p {words[3]} # {KEY}\n",
            ".github/workflows/a.yml": f"  - uses: anthropics/claude-code-action@{words[3]}\n    with:\n      {words[1]}: 1",
        }
    )
    assert "CC-C25" in {found.rule for found in report.findings}
    for form in FORMS:
        text = written(report, form)
        assert not [word for word in words if word in text], form
