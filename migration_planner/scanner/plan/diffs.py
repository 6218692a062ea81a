"""Unified diffs in the form git writes, so that renames, links and modes survive `git apply`."""

from __future__ import annotations

import difflib
import re

from ..walking import Entry

NO_END = "\\ No newline at end of file\n"
ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
#: Longer files are renamed as they are: comparing them line by line takes too long.
MOST = 400_000


def quoted(path: str) -> str:
    """A path as git writes it: in quotes with escapes when it holds anything but plain signs."""
    raw = path.encode("utf-8", "surrogateescape")
    if all(32 <= byte < 127 and byte not in (34, 92) for byte in raw):
        return path
    signs = [ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in raw]
    return f'"{"".join(signs)}"'


def renamed(entry: Entry, new: str, before: str = "", after: str = "") -> str:
    """A file under a new name, with its text changed from `before` to `after` unless they are the same."""
    same = before == after
    head = [
        f"diff --git {quoted('a/' + entry.path)} {quoted('b/' + new)}\n",
        f"similarity index {100 if same else _likeness(before, after)}%\n",
        f"rename from {quoted(entry.path)}\n",
        f"rename to {quoted(new)}\n",
    ]
    return "".join(head) + ("" if same else _names(entry.path, new) + _hunks(before, after))


def deleted(entry: Entry, text: str) -> str:
    head = f"diff --git {quoted('a/' + entry.path)} {quoted('b/' + entry.path)}\ndeleted file mode {entry.mode}\n"
    return head + (_names(entry.path, "") + _hunks(text, "") if text else "")


def created(path: str, text: str) -> str:
    head = f"diff --git {quoted('a/' + path)} {quoted('b/' + path)}\nnew file mode 100644\n"
    return head + _names("", path) + _hunks("", text)


def _names(old: str, new: str) -> str:
    """A tab after a name with a space tells where the name ends."""
    rows = [
        (sign, quoted(side + path) if path else "/dev/null")
        for sign, side, path in (("---", "a/", old), ("+++", "b/", new))
    ]
    return "".join(f"{sign} {name}{chr(9) if ' ' in name else ''}\n" for sign, name in rows)


def _likeness(before: str, after: str) -> int:
    """Git's number is only for readers; the share of lines that stay is near enough."""
    old, new = before.split("\n"), after.split("\n")
    kept = sum(1 for left, right in zip(old, new) if left == right)
    return min(99, 100 * kept // max(len(old), len(new), 1))


def _hunks(before: str, after: str) -> str:
    rows = []
    diff = difflib.unified_diff(_lines(before), _lines(after), lineterm="\n", n=3)
    for line in list(diff)[2:]:
        rows.append(line if line.endswith("\n") else line + "\n" + NO_END)
    return "".join(rows)


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)
