"""Whatever a repository holds: the scan ends, soon, and reports something that can be written."""

import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migration_planner.scanner.content import Content
from migration_planner.scanner.detectors import shipped
from migration_planner.scanner.output import FORMS, written
from migration_planner.scanner.plan.making import Maker
from migration_planner.scanner.plan.telling import as_json, as_markdown
from migration_planner.scanner.scanning import scan
from migration_planner.scanner.walking import walk
from tests.scanner.conftest import NOW

#: Of the processor, for a megabyte made to hurt; ordinary files take a fraction of a second.
SECONDS_PER_MEGABYTE = 12.0
SIZE = 100_000
DETECTORS = shipped()
NAMES = st.sampled_from(
    [
        "CLAUDE.md",
        ".claude/settings.json",
        ".claude/agents/a.md",
        ".claude/skills/a/SKILL.md",
        ".claude/commands/a.md",
        ".mcp.json",
        ".github/workflows/a.yml",
        ".github/workflows/a.md",
        ".github/workflows/a.lock.yml",
        ".gitlab-ci.yml",
        ".vscode/extensions.json",
        ".migration-scan-ignore",
        "hooks/hooks.json",
        ".claude-plugin/plugin.json",
        "Dockerfile",
        "a.py",
        "a.sh",
        "a.ts",
        "a.md",
        "a",
    ]
)
WORDS = st.sampled_from(
    rb"claude;-p;CLAUDE.md;.claude/;{;};[;];\";:;,;uses: anthropics/claude-code-action@v1;sk-ant-;engine:;mcpServers".split(
        b";"
    )
    + rb"permissions;hooks;@AGENTS.md;model: opus;permissionMode: bypassPermissions;steps.a.outputs.;id: a;#;  ".split(
        b";"
    )
    + b"\n;\r\n;\\\n;---\n;with:\n;\xff;\0;'".split(b";")
)
TEXTS = st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=40).map(b"".join))
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["permissions", "deny", "hooks", "Stop", "type", "command", "mcpServers", "env", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, TEXTS | JSONS, min_size=1, max_size=5))
def test_no_tree_breaks_the_scan_its_forms_or_its_plan(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in tree.items():
            path = Path(folder) / name
            if path.parent.is_file() or path.is_dir():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        report = scan(folder, DETECTORS, now=NOW)
        assert all(written(report, form) for form in FORMS)
        json.loads(written(report, "json"))
        plan = Maker(walk(folder), report, "").make()
        json.loads(as_json(plan, report))
        assert as_markdown(plan, report)


HARD = {
    "one word over and over": b"claude " * 150_000,
    "one line without end": b"claude -" * 130_000,
    "a line break after each word": b"claude\n" * 150_000,
    "an open call": b"claude " + b"a " * 500_000 + b"-p",
    "many open calls": (b"claude " + b"a " * 300 + b"\n") * 1_700,
    "quotes": b'"claude", ' * 100_000,
    "open quotes": (b'"claude", ' + b'"a", ' * 200 + b"\n") * 1_000,
    "slashes": (b"/claude" * 500 + b"\n") * 300,
    "dashes": b"sk-ant-" * 140_000,
    "backslashes": b"claude \\\n" * 110_000,
    "braces": b'{"hooks":' * 110_000,
    "comment ends": b"/* claude " * 100_000,
    "strings of a program": b'"""claude -p\n' * 80_000,
    "mentions": b"contains('@claude" * 60_000,
    "paths": b".claude/a/" * 100_000,
    "spaces": b"claude" + b" " * 1_000_000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
@pytest.mark.parametrize(
    "name", ["a.sh", "a.py", ".github/workflows/a.yml", ".claude/settings.json", ".claude/agents/a.md"]
)
def test_a_file_made_to_hurt_takes_no_longer_than_its_bound(name: str, text: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text[:SIZE])
    began = time.process_time()
    report = scan(str(tmp_path), DETECTORS, now=NOW)
    assert time.process_time() - began < SECONDS_PER_MEGABYTE * SIZE / 1_000_000
    began = time.process_time()
    Maker(walk(str(tmp_path)), report, "").make()
    assert time.process_time() - began < SECONDS_PER_MEGABYTE * SIZE / 1_000_000


def test_a_word_that_a_rule_needs_is_among_its_anchors_in_small_letters() -> None:
    for rule in DETECTORS.of("content"):
        assert all(anchor == anchor.lower() for anchor in rule.more["anchors"]), rule.id
    assert Content(DETECTORS).shortest
