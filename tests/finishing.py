"""Finishing checklists and teams, as people do."""

from datetime import datetime

from migration_planner.people.models import User
from migration_planner.planning.models import Checklist, Mark, Migration


def finish(checklist: Checklist, *, now: datetime, state: str = "done") -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State(state), by=checklist.person, now=now, note="Over.")


def finish_team(migration: Migration, *, by: User, now: datetime) -> None:
    for step in migration.steps().filter(required=True):
        migration.mark(step, Mark.State.DONE, by=by, now=now)


def finish_all(migration: Migration, *, by: User, now: datetime) -> None:
    for row in migration.checklists.select_related("ban", "migration", "person"):
        finish(row, now=now)
    finish_team(migration, by=by, now=now)
