"""What came of a scenario: what the mail server took, held against what was due."""

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from migration_planner.local.chaos.watching import STATES, ask


@dataclass(frozen=True)
class Taken:
    """One message the mail server took."""

    to: str
    id: str
    date: str
    hash: str
    began: float
    taken: float
    how: str


@dataclass
class Result:
    """The figures of one scenario. `missed` are the goals it did not meet, in words."""

    name: str
    due: int = 0
    sent: int = 0
    lost: int = 0
    copies: int = 0
    max_copies_of_one: int = 0
    after_completion: int = 0
    kills: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    balance_held: bool = True
    balance_samples: int = 0
    identical: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def require(self, holds: bool, goal: str) -> None:
        if not holds:
            self.missed.append(goal)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def messages(folder: Path) -> list[Taken]:
    path = folder / "taken"
    return [Taken(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def count(result: Result, folder: Path, database: str) -> list[Taken]:
    """Fill in what can be counted of every scenario. A mail is lost when nobody has it and nothing says why."""
    found = messages(folder)
    per_person = Counter(each.to for each in found)
    states = ask(database, STATES) or []
    result.due = len(states)
    result.sent = len(per_person)
    ended = {to for to, state, _reason in states if state in ("cancelled", "dead", "held")}
    result.lost = sum(to not in per_person and to not in ended for to, _state, _reason in states)
    result.copies = len(found) - len(per_person)
    result.max_copies_of_one = max(per_person.values(), default=0)
    result.identical = _identical(found)
    result.extra |= dict(Counter(str(state) for _to, state, _why in states))
    if found:
        result.seconds = round(max(each.taken for each in found) - min(each.began for each in found), 1)
        result.rate = round(len(found) / max(result.seconds, 0.1), 1)
    return found


def _identical(found: list[Taken]) -> bool:
    """Whether all copies of a message bear the same Message-ID, Date and bytes."""
    kinds: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for each in found:
        kinds[each.to].add((each.id, each.date, each.hash))
    return all(len(same) == 1 for same in kinds.values())
