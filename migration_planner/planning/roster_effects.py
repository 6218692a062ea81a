"""What a roster that was compared would do to the bans in force: whose checklists stop, and for whom new ones begin.

Read off the temporary tables of the comparison, in its transaction; nothing is written or locked. `audience.follow` does
the same for real when the roster comes into force.
"""

from dataclasses import asdict, dataclass
from typing import Any

from migration_planner.people.roster.sets import fetch, make
from migration_planner.planning.models import Ban

#: Whose home becomes another team, or none: nobody else enters or leaves an audience by a roster.
HOMES = """
    SELECT place.key, place.path FROM roster_place AS place
    WHERE place.is_home AND (NOT place.was_home OR place.key IN (SELECT key FROM roster_joiner))
    UNION ALL
    SELECT user_id, NULL FROM roster_leaver
"""
#: Which of these teams, known or new, belong to the audience of which ban: the same rule as `Ban.audience`.
INSIDE = """
    SELECT team.path, named.ban_id FROM (SELECT DISTINCT path FROM roster_home WHERE path IS NOT NULL) AS team
    JOIN (SELECT audience.ban_id, audience.excluded, named.path FROM planning_audienceteam AS audience
          JOIN planning_ban AS ban ON ban.id = audience.ban_id AND ban.state = 'published'
          JOIN people_team AS named ON named.id = audience.team_id) AS named
      ON team.path = named.path OR starts_with(team.path, named.path || '/')
    GROUP BY team.path, named.ban_id HAVING NOT bool_or(named.excluded)
"""
EFFECTS = """
    SELECT ban.id AS ban,
           count(*) FILTER (WHERE inside.ban_id IS NULL AND checklist.state <> 'stopped') AS stopped,
           count(*) FILTER (WHERE inside.ban_id IS NOT NULL AND checklist.id IS NULL) AS joined,
           count(*) FILTER (WHERE inside.ban_id IS NOT NULL AND checklist.state = 'stopped') AS returned
    FROM planning_ban AS ban CROSS JOIN roster_home AS home
    LEFT JOIN roster_inside AS inside ON inside.ban_id = ban.id AND inside.path = home.path
    LEFT JOIN planning_checklist AS checklist ON checklist.ban_id = ban.id AND checklist.person_id = home.key
    WHERE ban.state = 'published' GROUP BY ban.id ORDER BY ban.id
"""


@dataclass(frozen=True)
class Effect:
    """How many checklists of one ban stop, begin, and go on after they had stopped; and how many are counted afterwards."""

    ban: int
    name: str
    stopped: int
    joined: int
    returned: int
    left: int

    @property
    def changes_anything(self) -> bool:
        return bool(self.stopped or self.joined or self.returned)

    @property
    def empties(self) -> bool:
        """Whether the ban loses the last person it had."""
        return bool(self.stopped) and not self.left

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def effects() -> list[Effect]:
    """One for each ban in force that the roster compared in this transaction would change."""
    make("roster_home", HOMES)
    make("roster_inside", INSIDE)
    found = {row.pop("ban"): row for row in fetch(EFFECTS)}
    bans = Ban.objects.live().filter(pk__in=found).select_related("tool", "replacement").order_by("pk")
    told = [_effect(ban, **found[ban.pk]) for ban in bans]
    return [effect for effect in told if effect.changes_anything]


def _effect(ban: Ban, *, stopped: int, joined: int, returned: int) -> Effect:
    left = ban.checklists.counted().count() - stopped + joined + returned
    return Effect(ban.pk, str(ban), stopped, joined, returned, left)
