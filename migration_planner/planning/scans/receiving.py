"""A report comes in: kept once, weighed at once, and told in history."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from migration_planner.people.models import Team, User, below
from migration_planner.planning import locks
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Ban, Event, Report, ReportToken
from migration_planner.planning.scans import checking, tracing, weighing

#: Keeps these locks apart from any other advisory lock in the same database.
SPACE = 0x6D72


@transaction.atomic
def receive(
    data: Mapping[str, Any], team: Team, *, by: User, now: datetime, token: ReportToken | None = None
) -> tuple[Report, bool]:
    """Keep a report that was checked, for the team. Returns it, and whether it is new: the same twice is one.

    Of each repository the latest scan counts; one that arrives late joins the history and changes nothing else.
    """
    scanned_at = checking.when(dict(data))
    assert scanned_at is not None  # noqa: S101 - `checking.read` has looked
    digest = sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    _hold(team)
    if known := Report.objects.filter(team=team, digest=digest).first():
        return known, False
    bans = list(_bans(team))
    locks.hold_bans_alone(bans)
    report = Report.objects.create(
        team=team,
        repository=data["repository"].strip(),
        slug=data["detectors"]["slug"],
        commit=data["commit"],
        scanned_at=scanned_at,
        received_at=now,
        digest=digest,
        sent_by=by,
        token=token,
        uses={row["key"]: row["state"] for row in data["workflows"]},
        body=dict(data),
    )
    tracing.follow(report)
    report.refresh_from_db(fields=["is_latest"])
    _record(report, by=by, now=now)
    for ban in Ban.objects.live().filter(pk__in=bans):
        if weighing.weigh(ban, team.path, now=now, report=report):
            recount(ban, team.path)
    return report, True


def _hold(team: Team) -> None:
    """Two reports of one team at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, team.pk])


def _bans(team: Team) -> QuerySet[Ban, int]:
    """Bans in force that reach the team or one below it."""
    return Ban.objects.live().filter(below(team.path, field="migrations__path")).distinct().values_list("pk", flat=True)


def _record(report: Report, *, by: User, now: datetime) -> None:
    data = {"team": report.team.path, "report": report.pk, "repository": report.repository, "commit": report.commit}
    Event.record(Event.Verb.REPORT_TAKEN, by=by, now=now, data={**data, "latest": report.is_latest})
