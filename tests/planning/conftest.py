import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest


@pytest.fixture
def roster(db: None, now: datetime, owner: Any) -> Callable[..., Any]:
    """Apply a roster of rows: roster("ana@acme.example,Ana,Acme,member,yes", full=True). Returns the comparison."""
    from migration_planner.people.roster import staging
    from migration_planner.planning import rosters

    def apply(*rows: str, header: str = "email,name,team,role,home_team", full: bool = False, **said: bool) -> Any:
        raw = io.BytesIO("\n".join([header, *rows]).encode())
        import_ = staging.stage(raw, name="roster.csv", by=owner, now=now, full=full)
        for name, value in said.items():
            setattr(import_, name, value)
        return rosters.apply_roster(import_, by=owner, now=now)

    return apply
