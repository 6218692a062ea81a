"""How a line of history becomes bytes, the same for ever: what seals are made of and auditors' scripts repeat.

A line is the JSON array [id, at, verb, actor, why, ban, migration, checklist, person, step, gap, data] in UTF-8, without blanks,
with the keys of every object in the order of their code points, `at` in UTC with six digits of a second. The digest of a line
is SHA-256 over the digest of the line before it in hexadecimal (64 zeros before the first), a line feed, and the line.
`pack_script.py` says the same again with nothing but the standard library; tests hold them equal.

Seals of the first form are over lines that do not have `gap`.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

BEGINNING = "0" * 64
#: The form of lines that are sealed now.
FORM = 2
#: The columns of a line in SQL, in order; `event` is the alias of the table.
COLUMNS = (
    "event.id, event.at, event.verb, event.actor_id, event.why, event.ban_id, event.migration_id, event.checklist_id, "
    "event.person_id, event.step_id, event.gap_id, event.data"
)

Row = tuple[Any, ...]

#: One encoder for all lines: json.dumps makes a new one each time, which takes longer than the line.
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def line(row: Row, form: int = FORM) -> str:
    """The line of a row of COLUMNS; its data are the text of an object. Millions of lines are made: it is written out."""
    number, at, verb, actor, why, ban, migration, checklist, person, step, gap, data = row
    if not isinstance(at, datetime):
        raise TypeError("the second column is the time")
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds")[:-6]
    about = [ban, migration, checklist, person, step, gap] if form > 1 else [ban, migration, checklist, person, step]
    numbers = ",".join(["null" if each is None else str(each) for each in about])
    by = "null" if actor is None else actor
    return f'[{number},"{stamp}Z",{_encode(verb)},{by},{_encode(why)},{numbers},{_object(data)}]'


@lru_cache(maxsize=4096)
def _object(data: str) -> str:
    """Many lines say the same: nothing at all, or the same few words."""
    return _encode(json.loads(data))


def digest(before: str, line: str) -> str:
    return sha256(f"{before}\n{line}".encode()).hexdigest()
