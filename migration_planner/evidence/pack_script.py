#!/usr/bin/env python3
"""Checks an evidence pack with nothing but Python's standard library (3.8 or newer): python3 verify.py PACK.zip

Every file is compared with its digest in manifest.json, and the chain over history.jsonl is followed from its beginning to
the head that the manifest names. Exit code 0: all is as it was; 1: something is not; 2: this is no pack.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any


def wrong_files(pack: zipfile.ZipFile, manifest: dict[str, Any]) -> Iterator[str]:
    """Names of files that differ from the manifest, are missing, or are not in it."""
    listed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
    found = set(pack.namelist()) - {"manifest.json"}
    for name in sorted(found | set(listed)):
        if name not in listed or name not in found or digest_of(pack, name) != listed[name]:
            yield name


def digest_of(pack: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with pack.open(name) as file:
        for block in iter(lambda: file.read(1 << 16), b""):
            digest.update(block)
    return digest.hexdigest()


def wrong_lines(pack: zipfile.ZipFile, manifest: dict[str, Any]) -> Iterator[str]:
    """Numbers of lines of history that do not follow from those before them, and the head if it is not the manifest's."""
    head, number = "0" * 64, 0
    with pack.open("history.jsonl") as file:
        for number, text in enumerate(file, start=1):
            row = json.loads(text)
            line = json.dumps(row["line"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(f"{head}\n{line}".encode()).hexdigest()
            if row["position"] != number or row["digest"] != digest:
                yield f"line {number}"
            head = row["digest"]
    if (head, number) != (manifest["history"]["head"], manifest["history"]["lines"]):
        yield "the end of the chain"


def look(path: str) -> list[str]:
    """What is wrong with a pack, in sentences."""
    with zipfile.ZipFile(path) as pack:
        manifest = json.loads(pack.read("manifest.json"))
        files = [f"{name} is not what the manifest says" for name in wrong_files(pack, manifest)]
        lines = [
            f"history.jsonl: {line} does not follow from what is before it" for line in wrong_lines(pack, manifest)
        ]
    history = manifest["history"]
    well = f"ok: {len(manifest['files'])} files, {history['lines']} lines of history, head {history['head']}"
    return files + lines or [well]


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        said = look(arguments[0])
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        print(f"This is no evidence pack, or it is damaged: {error}", file=sys.stderr)
        return 2
    print("\n".join(said))
    return 0 if said[0].startswith("ok: ") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
