"""Builds scan.pyz: the scanner with its detectors as one file that any Python 3.8 or newer runs.

The application calls `build(detectors=…)` with those of a playbook and hands out the bytes; the same detectors give the
same bytes, so that a checksum can stand beside the file.
"""

from __future__ import annotations

import io
import json
import pkgutil
import zipfile
from pathlib import Path
from typing import Any

from .detectors import SHIPPED, mistakes
from .problems import ScanError

NAME = "scan.pyz"
ENTRY = "import sys\nfrom scanner.command import main\nsys.exit(main(sys.argv[1:]))\n"
SHEBANG = b"#!/usr/bin/env python3\n"
#: A zip knows no earlier time; a fixed one keeps the bytes the same.
WHEN = (1980, 1, 1, 0, 0, 0)


def build(detectors: dict[str, Any] | None = None) -> bytes:
    """The bytes of scan.pyz, with these detectors or those that ship. Raises ScanError when they are wrong."""
    files = {f"scanner/{name}": content for name, content in _sources().items()}
    files[f"scanner/{SHIPPED}"] = _document(detectors)
    files["__main__.py"] = ENTRY.encode()
    archive = io.BytesIO()
    archive.write(SHEBANG)
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(files):
            row = zipfile.ZipInfo(name, WHEN)
            row.compress_type, row.external_attr, row.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            file.writestr(row, files[name])
    return archive.getvalue()


def _sources() -> dict[str, bytes]:
    """Every module of this package, by its path in it."""
    here = Path(__file__).parent
    paths = sorted(here.rglob("*.py"))
    return {path.relative_to(here).as_posix(): path.read_bytes().replace(b"\r\n", b"\n") for path in paths}


def _document(detectors: dict[str, Any] | None) -> bytes:
    if detectors is None:
        return pkgutil.get_data(__package__, SHIPPED) or b""
    wrong = next(iter(mistakes(detectors)), None)
    if wrong:
        raise ScanError(wrong)
    return json.dumps(detectors, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8")
