"""What people hear of themselves under several bans in force, as one number: a digit for each ban, 0 where they hear nothing.

So everybody is gone through once, however many bans there are, and whoever hears the same has the same number.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migration_planner.planning.models import Ban, Checklist, Wave
from migration_planner.reminders.escalating import under
from migration_planner.reminders.groups import ASKED, Reach

State = Checklist.State
#: Sums of such numbers are kept small, so that PostgreSQL does not sort everybody for them.
FITS = 2**31
#: The states in which a checklist asks something of its person.
ASKS = (State.NOT_STARTED.value, State.STARTED.value, State.BLOCKED.value)


@dataclass(frozen=True)
class Digits:
    """By ban, the lowest digit first, the roles that its digits from 1 on stand for; and the parameters of `NUMBERED`."""

    meant: Mapping[int, Sequence[frozenset[str]]]
    parameters: Mapping[str, Any]
    kind: str

    @property
    def numbered(self) -> str:
        """(id, number): everybody of whom one of these bans asks something."""
        return NUMBERED.format(kind=self.kind)

    @classmethod
    def of(cls, reached: Sequence[tuple[Ban, Reach]]) -> "Digits":
        meant: dict[int, list[frozenset[str]]] = {}
        weighed: list[tuple[int, str, str, int]] = []
        unders, weight = _unders([ban.pk for ban, _reach in reached]), 1
        for ban, reach in reached:
            found = [(state, end, _heard(reach, state, end)) for end in unders[ban.pk] for state in ASKS]
            meant[ban.pk] = list(dict.fromkeys(roles for _state, _end, roles in found))
            weighed += [(ban.pk, state, end, weight * (meant[ban.pk].index(roles) + 1)) for state, end, roles in found]
            weight *= len(meant[ban.pk]) + 1
        return cls(meant, _columns(weighed), "int" if weight < FITS else "numeric")

    def read(self, number: int) -> Iterator[tuple[int, frozenset[str]]]:
        """The bans of which a number says something, with the roles."""
        for ban, roles in self.meant.items():
            number, digit = divmod(number, len(roles) + 1)
            if digit:
                yield ban, roles[digit - 1]


def _heard(reach: Reach, state: str, end: str) -> frozenset[str]:
    return frozenset(f"{role}{end}" for role in (ASKED, f"{state}/person") if role in reach.roles)


def _unders(bans: Sequence[int]) -> dict[int, list[str]]:
    """The ends of roles under each ban (see groups.py): nothing for the cutoff, then its waves."""
    found: dict[int, list[str]] = defaultdict(lambda: [""])
    if bans:
        for ban, cutoff_at in Wave.objects.filter(ban__in=bans).values_list("ban", "cutoff_at").distinct():
            found[ban].append(under(cutoff_at))
    return found


def _columns(weighed: Sequence[tuple[int, str, str, int]]) -> dict[str, Any]:
    names = ("n_bans", "n_states", "n_unders", "n_weights")
    return {name: [row[number] for row in weighed] for number, name in enumerate(names)}


NUMBERED = """
    SELECT checklist.person_id AS id, sum(digit.weight) AS number
    FROM planning_checklist AS checklist JOIN (
        SELECT migration.id, digit.state, digit.weight
        FROM planning_migration AS migration LEFT JOIN planning_wave AS wave ON wave.id = migration.wave_id
        JOIN unnest(%(n_bans)s::bigint[], %(n_states)s::text[], %(n_unders)s::text[], %(n_weights)s::{kind}[])
          AS digit(ban_id, state, under, weight)
          ON digit.ban_id = migration.ban_id
         AND digit.under = coalesce('@' || extract(epoch FROM wave.cutoff_at)::bigint, '')
    ) AS digit ON digit.id = checklist.migration_id AND digit.state = checklist.state
    WHERE checklist.state NOT IN ('done', 'stopped') AND checklist.ban_id = ANY(%(n_bans)s::bigint[])
      AND (%(person)s::bigint IS NULL OR checklist.person_id = %(person)s)
    GROUP BY 1
"""
