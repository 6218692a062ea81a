"""What is looked at, and what is left out."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from migration_planner.scanner.detectors import Detectors
from migration_planner.scanner.history import clean
from migration_planner.scanner.homes import scan_home
from migration_planner.scanner.lists import scan_list
from migration_planner.scanner.problems import ScanError
from migration_planner.scanner.report import Report
from migration_planner.scanner.scanning import scan
from migration_planner.scanner.walking import from_git
from tests.scanner.conftest import NOW, Tree, commit, git, write

Scanned = Callable[[Tree], Report]


def rows(report: Report) -> list[tuple[str, str, str]]:
    return [(found.rule, found.path, found.kind) for found in report.findings]


def test_only_what_git_tracks_is_looked_at(tmp_path: Path, detectors: Detectors) -> None:
    write(tmp_path, {"a.sh": "claude -p x\n"})
    commit(tmp_path)
    write(tmp_path, {"b.sh": "claude -p x\n"})
    report = scan(str(tmp_path), detectors, now=NOW)
    assert rows(report) == [("CC-C04", "a.sh", "use")]
    assert len(report.commit) == 40


def test_a_plain_folder_is_walked_without_git(tmp_path: Path, detectors: Detectors) -> None:
    write(tmp_path, {"x/a.sh": "claude -p x\n", ".venv/b.sh": "claude -p x\n", "node_modules/c.sh": "claude -p x\n"})
    report = scan(str(tmp_path), detectors, now=NOW)
    assert (rows(report), report.kind, report.commit) == ([("CC-C04", "x/a.sh", "use")], "folder", "")
    assert report.skipped == {"vendored": 1}


def test_submodules_links_binaries_locks_and_vendored_trees_are_left_out_and_counted(
    tmp_path: Path, detectors: Detectors
) -> None:
    other = write(tmp_path / "other", {"a.sh": "claude -p x\n"})
    commit(other)
    root = tmp_path / "root"
    write(
        root,
        {
            "a.bin": b"\0claude -p x\n",
            "logo.png": "claude -p x\n",
            "package-lock.json": '"node_modules/@anthropic-ai/claude-code": {}',
            "vendor/x/run.sh": "claude -p x\n",
            "link.sh": "-> vendor/x/run.sh",
        },
    )
    commit(root)
    git(root, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(other), "sub")
    commit(root)
    report = scan(str(root), detectors, now=NOW)
    assert rows(report) == []
    assert report.skipped == {"binary": 2, "link": 1, "lock": 1, "submodule": 1, "vendored": 1}


def test_a_file_is_read_to_a_limit_and_said_to_be(tmp_path: Path, detectors: Detectors) -> None:
    write(tmp_path, {"a.sh": "x\n" * 100 + "claude -p x\n"})
    report = scan(str(tmp_path), detectors, now=NOW, limit=50)
    assert (rows(report), report.skipped) == ([], {"read in part": 1})


def test_a_file_that_is_tracked_but_gone_is_counted_and_does_no_harm(tmp_path: Path, detectors: Detectors) -> None:
    write(tmp_path, {"a.sh": "claude -p x\n"})
    commit(tmp_path)
    (tmp_path / "a.sh").unlink()
    assert scan(str(tmp_path), detectors, now=NOW).skipped == {"unreadable": 1}


def test_a_file_that_became_a_link_is_not_followed_out_of_the_tree(tmp_path: Path, detectors: Detectors) -> None:
    outside = write(tmp_path / "outside", {"secret.sh": "claude -p x\n"})
    root = write(tmp_path / "root", {"a.sh": "x\n"})
    commit(root)
    (root / "a.sh").unlink()
    (root / "a.sh").symlink_to(outside / "secret.sh")
    report = scan(str(root), detectors, now=NOW)
    assert (rows(report), report.skipped) == ([], {"unreadable": 1})


def test_a_pipe_does_not_hold_the_scan(tmp_path: Path, detectors: Detectors) -> None:
    os.mkfifo(tmp_path / "a.sh")
    assert rows(scan(str(tmp_path), detectors, now=NOW)) == []


def test_a_repository_cannot_make_the_scan_run_a_program(tmp_path: Path, detectors: Detectors) -> None:
    write(tmp_path, {"a.sh": "claude -p x\n", "evil.sh": f"#!/bin/sh\ntouch {tmp_path}/ran\n"})
    commit(tmp_path)
    (tmp_path / "evil.sh").chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", "./evil.sh")
    assert rows(scan(str(tmp_path), detectors, now=NOW)) == [("CC-C04", "a.sh", "use")]
    assert not (tmp_path / "ran").exists()


def test_a_name_that_is_no_utf_8_or_holds_a_line_break_is_reported_as_it_is(
    tmp_path: Path, detectors: Detectors
) -> None:
    write(tmp_path, {os.fsdecode(b"\xff.sh"): "claude -p x\n", "a\nb.sh": "claude -p x\n"})
    commit(tmp_path)
    assert {path for _rule, path, _kind in rows(scan(str(tmp_path), detectors, now=NOW))} == {"\udcff.sh", "a\nb.sh"}


def test_an_unmerged_file_is_looked_at_once() -> None:
    listing = b"".join(b"100644 " + b"a" * 40 + b" %d\ta.sh\0" % stage for stage in (1, 2, 3))
    assert [entry.path for entry in from_git(".", listing).entries] == ["a.sh"]


def test_no_folder_is_an_error_that_says_so(detectors: Detectors) -> None:
    with pytest.raises(ScanError, match="There is no folder"):
        scan("/nowhere/at/all", detectors, now=NOW)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://bot:secret@git.acme.example/web/shop.git", "git.acme.example/web/shop"),
        ("git@git.acme.example:web/shop.git", "git.acme.example/web/shop"),
        ("ssh://git@git.acme.example:2222/web/shop", "git.acme.example:2222/web/shop"),
        ("https://git.acme.example/web/shop?token=secret", "git.acme.example/web/shop"),
        ("/srv/git/shop.git", "shop.git"),
    ],
)
def test_the_name_of_a_repository_holds_no_password(address: str, name: str) -> None:
    assert clean(address) == name


def test_commits_that_name_the_assistant_are_a_statistic(scanned: Scanned, tmp_path: Path) -> None:
    scanned({"a.txt": "x"})
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    report = scanned({"b.txt": "x"})
    assert (report.statistics["commits"], report.statistics["commits_with_trailer"]) == (3, 1)
    assert report.findings == []


def test_a_home_is_counted_and_never_opened(tmp_path: Path, detectors: Detectors) -> None:
    write(tmp_path, {".claude/projects/secret-project/a.jsonl": "x", ".claude/projects/secret-project/b.jsonl": "x"})
    for path in tmp_path.rglob("*.jsonl"):
        path.chmod(0)
    report = scan_home(str(tmp_path), detectors, now=NOW)
    found = next(found for found in report.findings if found.rule == "CC-E04")
    assert (found.path, found.count, list(found.facts)) == ("~/.claude/projects/*/*.jsonl", 2, ["newest"])
    assert "secret-project" not in str(report.as_dict())


def test_a_list_of_paths_packages_and_extensions_is_read_line_by_line(detectors: Detectors) -> None:
    lines = [
        "./web/CLAUDE.md",
        "└── @anthropic-ai/claude-code@2.1.240",
        "ms-python.python",
        "anthropic.claude-code",
        "",
    ]
    report = scan_list(lines, detectors, now=NOW)
    assert [(found.rule, found.path, found.line) for found in report.findings] == [
        ("CC-P01", "web/CLAUDE.md", 1),
        ("CC-L01", "(standard input)", 2),
        ("CC-L02", "(standard input)", 4),
    ]
