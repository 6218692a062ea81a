import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest


@pytest.fixture
def staged(db: None, now: datetime) -> Callable[..., Any]:
    """Stage a roster from rows: staged("ana@acme.example,Ana,Acme,member,yes", full=True)."""
    from migration_planner.people.roster import staging

    def make(*rows: str, header: str = "email,name,team,role,home_team", by: Any = None, full: bool = False) -> Any:
        text = "\n".join([header, *rows])
        return staging.stage(io.BytesIO(text.encode()), name="roster.csv", by=by, now=now, full=full)

    return make


@pytest.fixture
def compared(staged: Callable[..., Any]) -> Callable[..., Any]:
    """Stage and compare in one go."""
    from migration_planner.people.roster.comparing import compare

    def make(*rows: str, **options: Any) -> Any:
        return compare(staged(*rows, **options))

    return make


@pytest.fixture
def problems(compared: Callable[..., Any]) -> Callable[..., list[tuple[int, str]]]:
    """The bad rows of a roster: line and reason."""
    from migration_planner.people.roster.reasons import found_problems

    def make(*rows: str, **options: Any) -> list[tuple[int, str]]:
        compared(*rows, **options)
        return [(problem["line"], problem["reason"]) for problem in found_problems()]

    return make
