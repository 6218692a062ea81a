"""For every rule a miniature that it has to find, and a near miss that must not count as use of the tool."""

from dataclasses import dataclass

#: Made up for these tests: the form of a key, and nothing that opens anything. In two halves, so that no scanner of
#: secrets takes this file for a leak.
KEY = "sk-ant-" + "api03-Qm7Zr4LpW9sVbN2cXf8KjT6hGd3yRaE5uUoPiMnBvCzAqWsEdRfTgYhUjIkOlP0918273645QwErTyUiOpAsDfGh-AA"


@dataclass(frozen=True)
class Case:
    """`hit` and `near` are trees; for rules over lists they are lines, for rules over homes they are paths."""

    hit: dict[str, str]
    near: dict[str, str]
    classes: tuple[str, ...] = ("use", "credential")


def path(hit: str, near: str, text: str = "Words.\n") -> Case:
    return Case({hit: text}, {near: text})


def line(name: str, hit: str, near_name: str, near: str) -> Case:
    return Case({name: hit + "\n"}, {near_name: near + "\n"})


def setting(hit: str, near: str = '{"cleanupPeriodDays": 20}') -> Case:
    return Case({".claude/settings.json": hit}, {".claude/settings.json": near})


ACTION = (
    "jobs:\n  a:\n    steps:\n      - uses: anthropics/claude-code-action@v1\n        with:\n          prompt: Look\n"
)
WORKFLOW = ".github/workflows/a.yml"
USE = {"CLAUDE.md": "Use tabs.\n"}

CASES = {
    "CC-P01": path("packages/a/CLAUDE.md", "docs/django-api-CLAUDE.md"),
    "CC-P02": path("CLAUDE.local.md", "CLAUDE.local.md.txt"),
    "CC-P03": path(".claude/rules/a/style.md", "rules/style.md"),
    "CC-P04": path(".claude/settings.json", ".vscode/settings.json", "{}"),
    "CC-P05": path(".claude/settings.local.json", "settings.local.json", "{}"),
    "CC-P06": path(".claude/commands/fix.md", "tests/fixtures/.claude/commands/fix.md"),
    "CC-P07": path(".claude/agents/tester.md", ".github/agents/tester.md"),
    "CC-P08": path(".claude/skills/pdf/SKILL.md", ".agents/skills/pdf/SKILL.md"),
    "CC-P09": path(".claude/output-styles/terse.md", "output-styles/terse.md"),
    "CC-P10": path(".claude/hooks/check.sh", ".git-hooks/check.sh"),
    "CC-P11": path(".claude/workflows/a.js", ".github/workflows/a.js"),
    "CC-P12": path(".claude/agent-memory/tester/MEMORY.md", "agent-memory/tester/MEMORY.md"),
    "CC-P13": path(".worktreeinclude", "worktreeinclude.md"),
    "CC-P14": path(".claude/loop.md", "loop.md"),
    "CC-P15": Case({".mcp.json": '{"mcpServers": {}}', **USE}, {".mcp.json": '{"mcpServers": {}}'}),
    "CC-P16": path(".claude-plugin/plugin.json", ".qoder-plugin/plugin.json", "{}"),
    "CC-P17": path(".claude-plugin/marketplace.json", "marketplace.json", "{}"),
    "CC-P18": path(".claude/notes/a.txt", "claude/notes/a.txt"),
    "CC-P19": Case({"REVIEW.md": "Look.\n", **USE}, {"REVIEW.md": "Look.\n"}),
    "CC-P20": path(".claude/claude-security-guidance.md", "claude-security-guidance.md"),
    "CC-P21": path(".claude/skills/pdf/forms/tax.md", ".agents/skills/pdf/forms/tax.md"),
    "CC-P22": path(".claude/plugins/tidy/commands/sweep.md", "plugins/tidy/commands/sweep.md"),
    "CC-C01": Case({WORKFLOW: ACTION}, {"docs/ci.yml": ACTION}),
    "CC-C02": line(
        "Dockerfile", "RUN npm install -g @anthropic-ai/claude-code", "README.md", "npm i @anthropic-ai/claude-code"
    ),
    "CC-C03": line(
        "src/a.ts",
        "import { query } from '@anthropic-ai/claude-agent-sdk';",
        "src/a.ts",
        "// @anthropic-ai/claude-agent-sdk",
    ),
    "CC-C04": line("run.sh", 'claude -p "Fix it" --output-format json', "run.sh", 'echo "try claude -p"'),
    "CC-C05": line("setup.sh", "claude mcp add github", "src/page.tsx", "const hint = 'claude mcp add langfuse';"),
    "CC-C31": line(
        "src/run.py", 'cmd = ["claude", f"/review {name}"]', "src/agents.py", 'AGENTS = ["claude", "codex"]'
    ),
    "CC-C06": Case(
        {WORKFLOW: ACTION + "          anthropic_api_key: ${{ secrets.ANTHROPIC_API_KEY }}\n"},
        {"README.md": "Set ANTHROPIC_API_KEY first.\n"},
    ),
    "CC-C07": line(
        "run.sh", "export CLAUDE_CODE_MAX_OUTPUT_TOKENS=1", "src/migrate.ts", "if (env.CLAUDE_PROJECT_DIR) copy();"
    ),
    "CC-C08": line(
        "Dockerfile",
        "RUN curl -fsSL https://claude.ai/install.sh | bash",
        "docs/a.md",
        "curl https://claude.ai/install.sh",
    ),
    "CC-C09": line(
        ".devcontainer/devcontainer.json",
        '{"features": {"ghcr.io/anthropics/devcontainer-features/claude-code:1": {}}}',
        ".devcontainer/devcontainer.json",
        '{"features": {"ghcr.io/devcontainers/features/node:1": {}}}',
    ),
    "CC-C10": line(
        ".vscode/extensions.json",
        '{"recommendations": ["anthropic.claude-code"]}',
        ".vscode/extensions.json",
        '{"unwantedRecommendations": ["anthropic.claude-code"]}',
    ),
    "CC-C11": line("build.sh", "cp .claude/skills/a.md out", "src/read.py", 'HOME = ".claude/skills/a.md"'),
    "CC-C12": line("build.sh", "cat CLAUDE.md", "README.md", "See CLAUDE.md."),
    "CC-C13": line(
        WORKFLOW,
        "if: contains(github.event.comment.body, '@claude')",
        "docs/ci.md",
        "contains(github.event.body, '@claude')",
    ),
    "CC-C14": line(
        "roles/a.yml", "dest: /etc/claude-code/managed-settings.json", "docs/a.md", "Look into /etc/claude-code first."
    ),
    "CC-C15": line(
        ".husky/commit-msg", "grep -q 'Co-Authored-By: Claude' $1", "CONTRIBUTING.md", "Write Co-Authored-By: Claude"
    ),
    "CC-C16": Case({".gitignore": ".claude/\n"}, {".gitignore": "claude/\n"}, ("mention",)),
    "CC-C17": line(".gitlab-ci.yml", 'script: run "$AI_FLOW_INPUT"', "docs/gitlab.md", "Set AI_FLOW_INPUT."),
    "CC-C18": line(
        "src/a.py", 'MODEL = "claude-sonnet-4-5"', "README.md", "We compared claude-sonnet-4-5 with others."
    ),
    "CC-C19": line("egress.yaml", "- api.anthropic.com", "docs/egress.md", "Allow api.anthropic.com."),
    "CC-C20": line(
        ".github/workflows/triage.lock.yml",
        '  GH_AW_INFO_ENGINE_ID: "claude"',
        WORKFLOW,
        '  GH_AW_INFO_ENGINE_ID: "claude"',
    ),
    "CC-C22": line(
        "src/a.py", "from claude_agent_sdk import query", "src/a.py", "# from claude_agent_sdk import query"
    ),
    "CC-C23": line("servers.json", '{"command": "claude", "args": ["mcp", "serve"]}', "docs/a.md", "claude mcp serve"),
    "CC-C24": line(".gitlab-ci.yml", "  CLAUDE_CODE_OAUTH_TOKEN: $TOKEN", "README.md", "CLAUDE_CODE_OAUTH_TOKEN"),
    "CC-C25": line("config.toml", f'key = "{KEY}"', "config.toml", 'key = "sk-ant-your-key-goes-here-xxxxxxxxxxxxx"'),
    "CC-C26": line("compose.yaml", "  CLAUDE_CODE_USE_BEDROCK: 1", "README.md", "CLAUDE_CODE_USE_BEDROCK=1"),
    "CC-C27": line("compose.yaml", "  CLAUDE_CODE_ENABLE_TELEMETRY: 1", "README.md", "CLAUDE_CODE_ENABLE_TELEMETRY=1"),
    "CC-C28": line("run.sh", "ANTHROPIC_BASE_URL=$GATEWAY claude -p hello", "docs/a.md", "ANTHROPIC_BASE_URL"),
    "CC-C29": line("run.sh", "ANTHROPIC_MODEL=x claude -p hello", "docs/a.md", "ANTHROPIC_MODEL"),
    "CC-C30": setting(
        '{"env": {"CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS": "1"}}', '{"env": {"EXPERIMENTAL_AGENT_TEAMS": "1"}}'
    ),
    "CC-V02": line("requirements.txt", "anthropic  # for the summaries", "requirements.txt", "anthropic-tools"),
    "CC-V01": line("src/a.py", "from anthropic import Anthropic", "src/a.py", '"""from anthropic import Anthropic"""'),
    "CC-A01": line(
        ".github/workflows/triage.md",
        "---\non: issues\nengine:\n  id: claude\n---\nSort it.",
        ".github/workflows/triage.md",
        "---\non: issues\nengine: copilot\n---\nengine: claude",
    ),
    "CC-S01": setting('{"permissions": {"deny": ["Read(./.env)", "Bash(rm:*)"]}}', '{"permissions": {"deny": []}}'),
    "CC-S02": setting('{"permissions": {"allow": ["Bash(make:*)"]}}'),
    "CC-S03": setting('{"permissions": {"defaultMode": "plan"}}'),
    "CC-S04": setting('{"permissions": {"disableBypassPermissionsMode": "disable"}}'),
    "CC-S05": setting('{"sandbox": {"enabled": true}}'),
    "CC-S06": setting('{"enabledPlugins": {"a@b": true}}'),
    "CC-S07": setting('{"extraKnownMarketplaces": {"a": {}}}'),
    "CC-S08": setting('{"enableAllProjectMcpServers": true}'),
    "CC-S09": setting('{"apiKeyHelper": "./key.sh"}'),
    "CC-S10": setting('{"otelHeadersHelper": "./headers.sh"}'),
    "CC-S11": setting('{"statusLine": {"type": "command", "command": "date"}}'),
    "CC-S12": setting('{"outputStyle": "terse"}'),
    "CC-S13": setting('{"includeCoAuthoredBy": false}'),
    "CC-S14": setting('{"env": {"A": "b"}}', '{"env": {}}'),
    "CC-S15": setting('{"autoMemoryEnabled": true}'),
    "CC-S16": setting('{"theme": "dark"}'),
    "CC-S17": setting('{"disableAllHooks": true}'),
    "CC-S18": setting('{"worktree": {"a": 1}}'),
    "CC-S19": setting('{"cleanupPeriodDays": 20}', '{"theme": "dark"}'),
    "CC-H01": setting(
        '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "a"}]}]}}',
        '{"hooks": {"Stop": [{"hooks": []}]}}',
    ),
    "CC-M01": Case(
        {".mcp.json": '{"mcpServers": {"a": {"command": "b"}}}', **USE},
        {".mcp.json": '{"mcpServers": {"a": {"command": "b"}}}'},
    ),
    "CC-E01": path(".local/bin/claude", ".local/bin/claudette"),
    "CC-E02": path(
        ".vscode/extensions/anthropic.claude-code-2.1.0/package.json", ".vscode/extensions/other.claude-code-1/a"
    ),
    "CC-E03": path(".claude/.credentials.json", ".claude/credentials.json"),
    "CC-E04": path(".claude/projects/a/b.jsonl", ".claude/projects/b.jsonl"),
    "CC-E05": path(".claude/CLAUDE.md", "CLAUDE.md"),
    "CC-E06": path(".claude.json", ".claude.toml"),
    "CC-E07": path(".claude/projects/a/memory/MEMORY.md", ".claude/projects/a/MEMORY.md"),
    "CC-E08": path(".claude/settings.json", ".claude/settings.yaml"),
    "CC-E09": path(".claude/commands/a/b.md", ".claude/commands/a/b.txt"),
    "CC-E10": path(".claude/agents/a.md", ".claude/agent/a.md"),
    "CC-E11": path(".claude/skills/a/SKILL.md", ".claude/skills/SKILL.md"),
    "CC-E12": path(".claude/plugins/a/b", ".claude/plugin/a"),
    "CC-E14": path(".claude/keybindings.json", ".claude/keys.json"),
    "CC-E15": path(".claude/a", ".claudius/a"),
    "CC-L01": line("", "├── @anthropic-ai/claude-code@2.1.240", "", "@anthropic-ai/claude-code-router@1.0.0"),
    "CC-L02": line("", "anthropic.claude-code@2.1.240", "", "somebody.claude-code-helper"),
    "CC-L03": line("", "@anthropic-ai/claude-agent-sdk@0.1.0", "", "@acme/claude-agent-sdk-tools"),
    "CC-L04": line("", "claude-agent-sdk==0.1.0", "", "claude-agent-sdk-extras==1.0"),
}
#: Rules that no tree can show: one counts commits, one looks outside of any home folder.
ELSEWHERE = {"CC-T01", "CC-E13"}
