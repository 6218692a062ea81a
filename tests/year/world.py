"""A simulated quarter of a small company over the real roster's structure, for counting it again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.test import Client

from migration_planner.local.year import command, plans
from migration_planner.local.year.living import Year
from migration_planner.people.models import User
from migration_planner.planning.models import Ban
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


def live() -> World:
    owner = command.found(datetime(2026, 9, 1, tzinfo=UTC), people=PEOPLE)
    bans = [replace(plans.SKETCH, published=46, window=21, ends=8), plans.PIXEL, plans.PRESENT, plans.PAPER]
    year = Year(end=END, owner=owner, plans=bans, seed=SEED)
    year.live()
    client = Client()
    client.force_login(User.objects.get(is_auditor=True))
    return World(year, client)
