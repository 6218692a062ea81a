"""How a line of history becomes bytes, the same for ever: what seals are made of and auditors' scripts repeat.

A line is the JSON array [id, at, verb, actor, why, ban, migration, checklist, person, step, data] in UTF-8, without blanks,
with the keys of every object in the order of their code points, `at` in UTC with six digits of a second. The digest of a line
is SHA-256 over the digest of the line before it in hexadecimal (64 zeros before the first), a line feed, and the line.
`pack_script.py` says the same again with nothing but the standard library; tests hold them equal.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

BEGINNING = "0" * 64
#: The columns of a line in SQL, in order; `event` is the alias of the table.
COLUMNS = (
    "event.id, event.at, event.verb, event.actor_id, event.why, event.ban_id, event.migration_id, event.checklist_id, "
    "event.person_id, event.step_id, event.data"
)

Row = tuple[Any, ...]


def line(row: Row) -> str:
    """The line of a row of COLUMNS; its data are an object, or the text of one."""
    at, data = row[1], row[-1]
    if not isinstance(at, datetime):
        raise TypeError("the second column is the time")
    said = json.loads(data) if isinstance(data, str) else data
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps([row[0], stamp, *row[2:-1], said], ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(before: str, line: str) -> str:
    return sha256(f"{before}\n{line}".encode()).hexdigest()
