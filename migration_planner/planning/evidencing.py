"""The evidence beside the steps of one team, with the places where scans see what each is about."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from migration_planner.planning.models import Evidence, Step

#: As many places stand beside a step; the page of the repository has all of them.
PLACES = 6
Place = tuple[str, str]

#: Of the team of a migration and those above it: where what each step is about is in use. Rows (step, repository, paths).
WHERE = """
    SELECT DISTINCT step.id, trace.repository, trace.paths
    FROM planning_migration AS migration JOIN planning_step AS step ON step.ban_id = migration.ban_id
    JOIN planning_workflow AS workflow ON workflow.ban_id = step.ban_id AND workflow.removed_at IS NULL
     AND CASE WHEN step.scan_for <> '[]' THEN step.scan_for ? workflow.key
              WHEN step.workflow_id IS NOT NULL THEN step.workflow_id = workflow.id ELSE true END
    CROSS JOIN LATERAL jsonb_array_elements_text(workflow.detectors) AS named(detector)
    JOIN planning_trace AS trace ON trace.used AND trace.slug || '/' || trace.key = named.detector
    JOIN people_team AS team ON team.id = trace.team_id
     AND (team.path = migration.path OR starts_with(migration.path, team.path || '/'))
    WHERE migration.id = %(migration)s AND step.id = ANY(%(steps)s)
    ORDER BY trace.repository
"""


@dataclass(frozen=True)
class Found:
    """By step: the evidence, and the places."""

    evidence: dict[int, Evidence] = field(default_factory=dict)
    places: dict[int, list[Place]] = field(default_factory=dict)

    def about(self, step: Step) -> tuple[Evidence | None, tuple[Place, ...]]:
        return self.evidence.get(step.pk), tuple(self.places.get(step.pk, [])[:PLACES])


NOTHING = Found()


def of_steps(migration_id: int, steps: Iterable[Step]) -> Found:
    """No query where no step has to do with scans, one where they have found nothing, else two."""
    asked = [step.pk for step in steps if step.scan]
    if not asked:
        return NOTHING
    rows = Evidence.objects.filter(migration=migration_id, step__in=asked).select_related(
        "set_aside_by", "set_aside_for"
    )
    evidence = {row.step_id: row for row in rows}
    in_use = [pk for pk, row in evidence.items() if row.is_in_use]
    return Found(evidence, places(migration_id, in_use) if in_use else {})


def places(migration_id: int, steps: Sequence[int]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(WHERE, {"migration": migration_id, "steps": list(steps)})
        for step, repository, paths in cursor.fetchall():
            decoded = json.loads(paths) if isinstance(paths, str) else paths
            found[step] += [(repository, path) for path in decoded if (repository, path) not in found[step]]
    return found
