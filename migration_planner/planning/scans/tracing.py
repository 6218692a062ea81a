"""What the reports of one repository say together: which counts, and since when each workflow is used there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from migration_planner.planning.models import Report, Trace
from migration_planner.scanner.detectors import shipped

#: As many paths of a workflow are kept beside it; the report has all of them.
PATHS = 20
FIELDS = ["used", "again", "since", "paths", "report"]


@dataclass(frozen=True)
class Seen:
    """What one report says about its repository: the workflows by state."""

    at: datetime
    uses: dict[str, str]


def follow(report: Report) -> None:
    """Bring `is_latest` and the traces of the report's repository up to date.

    The caller holds the team. Costs one read of the repository's history, whatever else the company has.
    """
    same = Report.objects.filter(team=report.team_id, repository=report.repository, slug=report.slug)
    rows = list(same.order_by("scanned_at", "id").values_list("pk", "scanned_at", "uses"))
    latest, history = rows[-1][0], [Seen(at, uses) for _pk, at, uses in rows]
    if latest == report.pk:
        same.filter(is_latest=True).exclude(pk=latest).update(is_latest=False)
        same.filter(pk=latest).update(is_latest=True)
    _write(report if latest == report.pk else same.get(pk=latest), history)


def _write(latest: Report, history: Sequence[Seen]) -> None:
    fresh = list(traces(latest, history))
    mine = Trace.objects.filter(team=latest.team_id, repository=latest.repository, slug=latest.slug)
    mine.exclude(key__in=[trace.key for trace in fresh]).delete()
    Trace.objects.bulk_create(
        fresh, update_conflicts=True, update_fields=FIELDS, unique_fields=["team", "repository", "slug", "key"]
    )


def traces(latest: Report, history: Sequence[Seen]) -> Iterator[Trace]:
    """A trace for each workflow that was ever used there (or is carried over already), in the order of their keys."""
    keys = {key for seen in history for key, state in seen.uses.items() if state in ("used", "settled")}
    paths, own = paths_of(latest.body), _on_their_own(latest.body)
    for key in sorted(keys):
        since, back = _run([(seen.at, seen.uses.get(key) == "used") for seen in history])
        yield Trace(
            team_id=latest.team_id,
            repository=latest.repository,
            slug=latest.slug,
            key=key,
            used=since is not None,
            again=back and key in own,
            since=since,
            paths=paths.get(key, [])[:PATHS] if since else [],
            report=latest,
        )


def _run(seen: Sequence[tuple[datetime, bool]]) -> tuple[datetime | None, bool]:
    """Since when it has been used without a break until now, and whether an earlier scan saw it unused."""
    since, clean_before = None, False
    for at, used in seen:
        if not used:
            since, clean_before = None, True
        elif since is None:
            since = at
    return since, clean_before and since is not None


@cache
def _shared() -> frozenset[str]:
    """The rules for files that other assistants read too: they count as use only beside another use of the tool."""
    return frozenset(rule.id for rule in shipped().rules.values() if rule.more.get("shared"))


def _on_their_own(body: dict[str, Any]) -> set[str]:
    """The workflows that are used by themselves. A file that lay there all the time has not come back with another one."""
    return {row["workflow"] for row in body["findings"] if _counts(row) and row["rule"] not in _shared()}


def _counts(row: dict[str, Any]) -> bool:
    return row["scope"] == "tool" and row["class"] in ("use", "credential") and "accepted" not in row


def paths_of(body: dict[str, Any]) -> dict[str, list[str]]:
    """The paths of what is used, by the key of the workflow, each once and in the order of the report."""
    found: dict[str, dict[str, None]] = {}
    for row in body["findings"]:
        if _counts(row):
            found.setdefault(row["workflow"], {})[row["path"]] = None
    return {key: list(paths) for key, paths in found.items()}
