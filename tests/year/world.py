"""A simulated quarter of a small company over the real roster's structure, for counting it again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.test import Client

from migration_planner.local.year import command, plans
from migration_planner.local.year.deeds import Temper
from migration_planner.local.year.living import Year
from migration_planner.local.year.plans import Plan
from migration_planner.people.models import User
from migration_planner.planning import changing
from migration_planner.planning.models import Ban, Step
from tests.reading import Node, read

#: A Wednesday morning.
END = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
PEOPLE, SEED = 110, 7


@dataclass
class World:
    """The bans of the quarter by their tools, and somebody who may read everything."""

    year: Year
    client: Client

    def ban(self, tool: str) -> Ban:
        return Ban.objects.get(tool__name=tool)

    def page(self, address: str) -> Node:
        cache.clear()
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return read(answer.content.decode())

    def part(self, address: str) -> Node:
        """What htmx fetches into a page."""
        answer = self.client.get(address, headers={"HX-Request": "true"})
        assert answer.status_code == 200, (address, answer.status_code)
        return read(answer.content.decode())

    def file(self, address: str) -> bytes:
        answer: Any = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return b"".join(answer.streaming_content)


def live(*, people: int | None = PEOPLE, bans: list[Plan] | None = None) -> World:
    """Some weeks of a small company and four bans, or of another company and other bans."""
    owner = command.found(datetime(2026, 9, 1, tzinfo=UTC), people=people)
    year = Year(end=END, owner=owner, plans=bans or _bans(), seed=SEED, roster_every=12, contradict=12)
    year.live()
    _verify(owner)
    client = Client()
    client.force_login(User.objects.get(is_auditor=True))
    return World(year, client)


def _verify(owner: User) -> None:
    """From now on a clean scan says of two steps of each person that they are done, where there is such a ban."""
    ban = Ban.objects.filter(tool__name="Claude Code").first()
    steps = Step.objects.filter(ban=ban, key__in=["trust-a-project", "revoke-own-keys"])

    def change() -> dict[str, Any]:
        steps.update(scan=Step.Scan.CLEAN)
        return {"change": "edited", "fields": ["scan"]}

    if ban:
        changing.change_steps(ban, change, by=owner, now=END, why="Scans can tell.")


def _bans() -> list[Plan]:
    closed = replace(plans.SKETCH, published=36, window=16, ends=7)
    overdue = replace(plans.PIXEL, published=31, window=24)
    present = replace(plans.PRESENT, temper=Temper(0.7, 0.25))  # so that few people meet every gap
    return [closed, overdue, present, plans.PAPER]
