"""`--plan`: writes the patch and its report, and changes nothing in the tree."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime

from ..detectors import Detectors
from ..output.text import shown
from ..problems import ScanError
from ..scanning import scan
from ..walking import git, walk
from .making import Maker
from .telling import as_json, as_markdown, sentence


def plan(options: argparse.Namespace, detectors: Detectors, *, now: datetime) -> int:
    """Returns 0. Raises ScanError when there is no tree, or a file cannot be written."""
    if options.home or options.list or options.send:
        raise ScanError("--plan works on a repository or a folder, and sends nothing.")
    tree = walk(options.path)
    report = scan(options.path, detectors, now=now, limit=options.limit)
    made = Maker(tree, report, options.edition).make()
    told = options.report or f"{os.path.splitext(options.out)[0]}.md"
    _write(options.out, made.patch)
    _write(told, as_json(made, report) if told.endswith(".json") else as_markdown(made, report))
    print(sentence(made))
    print(f"Patch: {shown(options.out)}. What becomes of each artefact: {shown(told)}.")
    if tree.git and made.patch and git(options.path, "apply", "--check", os.path.abspath(options.out)) is None:
        print(
            "scan: git would not apply the patch to this tree; commit or undo your changes and plan again.",
            file=sys.stderr,
        )
        return 2
    return 0


def _write(path: str, text: str) -> None:
    try:
        with open(path, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ScanError(f"{path} cannot be written: {error.strerror}.") from error
