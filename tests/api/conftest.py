"""A program that acts for somebody: api(owner).put("api-ban-cutoff", ban, day=…)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient


class Program:
    """One person's requests: the name of a route, what its address is made of, and what is asked or said."""

    def __init__(self, person: Any) -> None:
        self.client = APIClient()
        self.client.force_authenticate(person)

    def get(self, route: str, /, *of: Any, **asked: Any) -> Any:
        return self.client.get(_path(route, of), asked)

    def post(self, route: str, /, *of: Any, **said: Any) -> Any:
        return self.client.post(_path(route, of), said, format="json")

    def put(self, route: str, /, *of: Any, **said: Any) -> Any:
        return self.client.put(_path(route, of), said, format="json")

    def patch(self, route: str, /, *of: Any, **said: Any) -> Any:
        return self.client.patch(_path(route, of), said, format="json")


def _path(route: str, of: tuple[Any, ...]) -> str:
    return reverse(route, args=[getattr(each, "pk", each) for each in of])


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


@pytest.fixture
def api() -> Callable[[Any], Program]:
    return Program


@pytest.fixture
def running(draft: Any, owner: Any) -> Any:
    """A ban in force whose dates are ahead of the clock that the interface reads."""
    from datetime import time

    from migration_planner.planning import publishing

    now = timezone.now()
    draft.set_cutoff(timezone.localdate() + timedelta(days=40), time(18), "UTC")
    draft.save()
    publishing.publish(draft, by=owner, now=now)
    return draft
