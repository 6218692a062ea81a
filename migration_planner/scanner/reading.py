"""Reading files to a limit, and finding the lines worth a closer look without looking at all of them."""

from __future__ import annotations

import os
import re
from typing import Iterable, Iterator, Pattern

#: What is read of a file, and what is looked at on either side of a word in a line without end.
LIMIT = 1_000_000
AROUND = 2_000
#: A file with more lines of interest than this is data; the rest is counted as unread.
LINES = 20_000
LONGEST = 5_000
#: A command may go on over so many lines and signs; no file has more commands of that kind than are looked at.
ON_LINES, ON_SIGNS, ON_MOST = 12, 800, 300


def content(path: str, limit: int = LIMIT) -> bytes | None:
    """The first `limit` bytes of a plain file; None when it cannot be read. Follows no link."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        return _all(handle, limit)
    except OSError:
        return None
    finally:
        os.close(handle)


def _all(handle: int, limit: int) -> bytes:
    block = os.read(handle, limit)
    if not block or len(block) == limit:
        return block
    blocks, size = [block], len(block)
    while size < limit:
        block = os.read(handle, limit - size)
        if not block:
            break
        blocks.append(block)
        size += len(block)
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def is_binary(data: bytes) -> bool:
    return b"\0" in data[:8192]


def is_generated(data: bytes) -> bool:
    """A program with a line that nobody writes by hand: a bundle, which holds the texts of others."""
    return any(len(line) > LONGEST for line in data.split(b"\n"))


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def lines_with(
    data: bytes, lowered: bytes, anchors: Iterable[bytes], open_end: Pattern[str] | None = None
) -> Iterator[tuple[int, str, str]]:
    """Number and text of each line that holds one of the anchors, and the lines that carry it on, as one.

    A line goes on after a backslash at its end, and after an `open_end`: the program in a list of its own lines.
    Of a long line it is what stands around the first anchor, then around the next one that is farther away.
    """
    number, counted_to, done_to, carried = 1, 0, -1, 0
    for place in _places(lowered, anchors):
        if place < done_to:
            continue
        start = data.rfind(b"\n", 0, place) + 1
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        number += data.count(b"\n", counted_to, start)
        counted_to, done_to = start, end
        if end - start > 2 * AROUND:
            start, end = max(start, place - AROUND), min(end, place + AROUND)
            done_to = end
        text = text_of(data[start:end]).rstrip("\r")
        rest = _rest(data, end, text, open_end) if carried < ON_MOST else ""
        carried += bool(rest)
        yield number, text[:-1] if rest and text.endswith("\\") else text, rest


def _rest(data: bytes, end: int, text: str, open_end: Pattern[str] | None) -> str:
    if text.endswith("\\"):
        return _carried_on(data, end)
    return _listed_on(data, end) if open_end and open_end.search(text) else ""


def _listed_on(data: bytes, end: int) -> str:
    """The words of a call that stand in lines of their own: up to the end of the list, or of the options."""
    listed: list[str] = []
    for line in text_of(data[end + 1 : end + ON_SIGNS]).split("\n")[:ON_LINES]:
        word = line.strip()
        if not re.match(r"\[?[frb]{0,2}[\"'`]|--?[A-Za-z]", word):
            break
        listed.append(word)
        if re.search(r"[\])]", word):
            break
    return " ".join(listed)


def _carried_on(data: bytes, end: int) -> str:
    """The lines after `end` as far as each but the last ends with a backslash, as one line."""
    carried = []
    for line in text_of(data[end + 1 : end + ON_SIGNS]).split("\n")[:ON_LINES]:
        carried.append(line.strip().rstrip("\\").strip())
        if not line.rstrip().endswith("\\"):
            break
    return " ".join(carried)


def _places(lowered: bytes, anchors: Iterable[bytes]) -> list[int]:
    places: list[int] = []
    for anchor in anchors:
        place = lowered.find(anchor)
        while place >= 0:
            places.append(place)
            line_end = lowered.find(b"\n", place)
            # One place a line is enough, except in lines that are looked at piece by piece.
            beyond = place + AROUND
            place = lowered.find(anchor, min(line_end, beyond) if line_end >= 0 else beyond)
            if len(places) > LINES:
                break
    return sorted(places)
