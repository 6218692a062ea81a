"""The scanner runs on any Python from 3.8 on, and needs nothing beside it."""

import ast
import hashlib
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

import migration_planner.scanner
from migration_planner.scanner.building import build
from migration_planner.scanner.detectors import Detectors, mistakes, with_workflows
from migration_planner.scanner.problems import ScanError
from tests.scanner.conftest import commit, write

HERE = Path(migration_planner.scanner.__file__).parent
MODULES = sorted(HERE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HERE)))
def test_every_module_is_python_3_8_and_imports_the_standard_library_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(name.name.split(".")[0] in sys.stdlib_module_names for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert str(node.module).split(".")[0] in sys.stdlib_module_names
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= len(path.relative_to(HERE).parts), "it reaches out of the package"


def test_each_of_the_fifty_workflows_names_its_sources_or_is_a_question(detectors: Detectors) -> None:
    assert len(detectors.workflows) == 50
    for row in detectors.workflows.values():
        assert row["sources"] or row["compatibility"] == "unknown", row["key"]
        assert all(source["url"].startswith("https://") and source["checked_on"] for source in row["sources"])


def test_every_module_postpones_annotations_so_that_new_ones_do_no_harm() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")
        assert "def " not in text or "->" not in text or "from __future__ import annotations" in text, path


def test_the_one_file_is_the_same_bytes_every_time() -> None:
    assert hashlib.sha256(build()).digest() == hashlib.sha256(build()).digest()
    names = zipfile.ZipFile(BytesIO(build())).namelist()
    assert "__main__.py" in names
    assert all(name == "__main__.py" or name.startswith("scanner/") for name in names)


def test_the_one_file_scans_away_from_the_product(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"CLAUDE.md": "Use tabs.\n", "a.sh": "claude -p hello\n"})
    commit(tree)
    (tmp_path / "scan.pyz").write_bytes(build())
    done = _run(tmp_path, "tree", "--fail-on", "use")
    assert done.returncode == 1, done.stderr
    assert "uses 2 of 50 workflows of Claude Code: 1 carries over by renaming, 1 partly" in done.stdout


def test_the_one_file_carries_the_detectors_of_a_playbook(tmp_path: Path, detectors: Detectors) -> None:
    tree = write(tmp_path / "tree", {"old.conf": "x\n", "CLAUDE.md": "Use tabs.\n"})
    commit(tree)
    data = {
        **detectors.data,
        "tool": "Old Tool",
        "workflows": [{"key": "conf", "title": "Its files", "compatibility": "none"}],
        "rules": [
            {
                "id": "OT-1",
                "kind": "path",
                "workflow": "conf",
                "scope": "tool",
                "severity": 3,
                "pattern": r"(^|/)old\.conf$",
                "explanation": "A file of it.",
            }
        ],
    }
    data["formats"] = {**data["formats"], "path_words": ["old.conf"]}
    (tmp_path / "scan.pyz").write_bytes(build(data))
    done = _run(tmp_path, "tree")
    assert "uses 1 of 1 workflows of Old Tool: 1 not at all" in done.stdout, done.stderr


def test_a_playbook_brings_its_own_workflows_and_leaves_out_the_rules_of_others(detectors: Detectors) -> None:
    rows = [{"key": "hooks", "title": "Hooks", "compatibility": "none"}]
    data = with_workflows(detectors.data, rows)
    assert not list(mistakes(data))
    assert {rule["id"] for rule in data["rules"]} == {"CC-H01", "CC-S17"}
    assert build(data) != build()


def test_wrong_detectors_are_refused_with_what_to_do(detectors: Detectors) -> None:
    rule = detectors.data["rules"][0]
    for wrong, words in [
        ({}, "object with “format”: 1"),
        ({**detectors.data, "rules": [rule, rule]}, "Two rules are called CC-P01"),
        ({**detectors.data, "rules": [{**rule, "pattern": "("}]}, "not a regular expression"),
        ({**detectors.data, "rules": [{**rule, "workflow": "x"}]}, "no workflow 'x'"),
        ({**detectors.data, "rules": [{**rule, "kind": "x"}]}, "the kind has to be one of"),
        ({**detectors.data, "rules": [{**rule, "severity": 9}]}, "severity 1 to 4"),
        ({**detectors.data, "rules": [{**rule, "kind": "content"}]}, "needs anchors"),
        ({**detectors.data, "workflows": [{"key": "a", "title": "A", "compatibility": "unknown"}]}, "question to ask"),
    ]:
        with pytest.raises(ScanError, match="(?s).*" + words.replace("(", r"\(")):
            build(wrong)


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "scan.pyz", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
