"""Reading JSON as people write it in settings: with comments and a comma too many; and finding lines in it again."""

from __future__ import annotations

import json
import re
from typing import Any

STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)')
COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


def loads(text: str) -> Any:
    """The value, or None when it is not JSON even with comments taken out."""
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        pass
    plain = STRING_OR_COMMENT.sub(lambda m: m.group() if m.group().startswith('"') else " ", text.lstrip("\ufeff"))
    try:
        return json.loads(COMMA.sub(lambda m: m.group(1) or "", plain))
    except (ValueError, RecursionError):
        return None


def line_of(text: str, *keys: str) -> int:
    """The line of the last of these keys, each looked for after the one before; 1 when there is none."""
    place, line = 0, 1
    for key in keys:
        found = re.compile(rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:").search(text, place)
        if found is None:
            return line
        place, line = found.end(), text.count("\n", 0, found.start()) + 1
    return line


def line_of_item(text: str, after: int, value: str) -> int:
    """The line of a string in a list that begins at line `after`; that line when it is written otherwise."""
    lines = text.split("\n")
    wanted = json.dumps(value, ensure_ascii=False)
    for number in range(max(after, 1), len(lines) + 1):
        if wanted in lines[number - 1]:
            return number
    return after
