"""The command line of the scanner. Exit codes: 0 nothing to object to, 1 findings as asked by --fail-on, 2 no scan."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timezone
from typing import Sequence

from . import VERSION, baseline, detectors, sending
from .findings import CLASSES
from .homes import scan_home
from .lists import scan_list
from .output import FORMS, written
from .output.text import shown
from .plan.command import plan
from .problems import ScanError
from .reading import content, text_of
from .report import Report
from .scanning import scan

TOKEN = "MIGRATION_SCAN_TOKEN"  # noqa: S105 - the name of a variable
DESCRIPTION = """Find what a team built on a tool that is to be left, and say what carries over. Reports rules, paths,
lines and numbers; never the content of a file, never the value of a secret. Sends nothing unless asked by --send."""
EPILOG = """Exit codes: 0 nothing to object to; 1 findings of the classes of --fail-on; 2 the scan could not be done.
A file .migration-scan-ignore at the root names what to leave alone, each line with its reason."""


def main(words: Sequence[str]) -> int:
    """Run one command. Returns the exit code; errors go to standard error."""
    options = _parser().parse_args(list(words))
    try:
        return _run(options)
    except ScanError as error:
        print(f"scan: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("scan: interrupted; nothing was sent.", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the output has enough; Python must not complain again while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scan", description=DESCRIPTION, epilog=EPILOG)
    add = parser.add_argument
    add("path", nargs="?", default=".", metavar="PATH", help="a repository or a folder (here, unless given)")
    add(
        "--home",
        action="store_true",
        help="look at a home folder instead (PATH, or your own): only existence, numbers, dates",
    )
    add("--list", action="store_true", help="read paths, packages or extensions from standard input, one a line")
    for form in FORMS:
        add(f"--{form}", metavar="FILE", help=f"write the report as {form} to FILE (- is standard output)")
    add(
        "--fail-on",
        action="append",
        choices=[*CLASSES, "never"],
        help="exit with 1 when there is a finding of this class",
    )
    add("--scope", choices=["tool", "vendor"], default="tool", help="vendor: calls of the vendor's API count as well")
    add("--baseline", metavar="FILE", help="accept the findings in FILE; only new ones, or more of them, count")
    add("--write-baseline", metavar="FILE", help="write the findings of this scan to FILE, to accept them from now on")
    add("--detectors", metavar="FILE", help="look with these detectors instead of those inside")
    add("--limit", type=int, default=1_000_000, metavar="BYTES", help="read so much of each file (1,000,000)")
    add("--repository", metavar="NAME", help="the name to report for this repository")
    add("--show", action="store_true", help="print what --send would send, and send nothing")
    add("--send", metavar="URL", help="send the report there, by https")
    add("--token", metavar="T", help=f"the token of the team; better in the variable {TOKEN}")
    add("--yes", action="store_true", help="send without asking at a terminal")
    add(
        "--plan",
        action="store_true",
        help="write a patch that carries over what moves by renaming; changes nothing here",
    )
    add("--out", metavar="FILE", default="carry-over.patch", help="where --plan writes the patch (carry-over.patch)")
    add("--report", metavar="FILE", help="where --plan writes its report, .md or .json (beside the patch)")
    add("--edition", metavar="NAME", default="", help="the edition of the replacement, for --plan")
    add("--version", action="version", version=f"scan {VERSION}")
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.limit < 1:
        raise ScanError("--limit has to be a number of bytes, at least 1.")
    chosen = detectors.read(_read(options.detectors), options.detectors) if options.detectors else detectors.shipped()
    now = datetime.now(timezone.utc)
    if options.plan:
        return plan(options, chosen, now=now)
    if options.send:
        sending.check_address(options.send)
    report = _scan(options, chosen, now)
    if options.baseline:
        known = baseline.read(_read(options.baseline), options.baseline)
        report.findings = [baseline.accepted(finding, known) for finding in report.findings]
    if options.write_baseline:
        _write(options.write_baseline, baseline.write(report.findings))
    _write_forms(options, report)
    if options.show or options.send:
        _send(options, report)
    return 1 if _objects(options, report) else 0


def _scan(options: argparse.Namespace, chosen: detectors.Detectors, now: datetime) -> Report:
    if options.list:
        lines = (text_of(line) for line in sys.stdin.buffer)
        report = scan_list(lines, chosen, now=now)
    elif options.home:
        home = options.path if options.path != "." else os.path.expanduser("~")
        report = scan_home(home, chosen, now=now)
    else:
        report = scan(options.path, chosen, now=now, limit=options.limit, leave=_inside(options))
    if options.repository:
        report.repository = options.repository
    return report


def _inside(options: argparse.Namespace) -> str:
    """The baseline's path in the tree: it names what it accepts, and is no finding itself."""
    path = options.baseline or options.write_baseline
    return os.path.relpath(path, options.path).replace(os.sep, "/") if path else ""


def _write_forms(options: argparse.Namespace, report: Report) -> None:
    asked = [(form, getattr(options, form)) for form in FORMS if getattr(options, form)]
    for form, path in asked or [("text", "-")]:
        _write(path, written(report, form))
    for warning in report.warnings:
        print(f"scan: {shown(warning)}", file=sys.stderr)


def _send(options: argparse.Namespace, report: Report) -> None:
    """Show what would be sent; then send it, if that was asked."""
    data = sending.payload(report)
    print(f"This is all that is sent ({len(data)} bytes):\n{data.decode('ascii')}", file=sys.stderr)
    if options.show or not options.send:
        return
    if sys.stdin.isatty() and not options.yes and not options.list:
        print(f"Send this to {options.send}? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise ScanError("Nothing was sent.")
    answer = sending.send(data, options.send, options.token or os.environ.get(TOKEN, ""))
    print(f"Sent to {options.send}. {shown(answer[:300])}".rstrip(), file=sys.stderr)


def _objects(options: argparse.Namespace, report: Report) -> bool:
    """Whether there is a finding of a class that fails. Use implies a credential: both mean that the tool is in use."""
    classes = set(options.fail_on or ()) - {"never"}
    classes |= {"credential"} if "use" in classes else set()
    scopes = ("tool", "vendor") if options.scope == "vendor" else ("tool",)
    open_ = [finding for finding in report.findings if not finding.accepted]
    return any(finding.kind in classes and finding.scope in scopes for finding in open_)


def _read(path: str) -> str:
    data = content(path, 50_000_000)
    if data is None:
        raise ScanError(f"{path} cannot be read.")
    return text_of(data)


def _write(path: str, text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise ScanError(f"{path} cannot be written: {error.strerror}.") from error
