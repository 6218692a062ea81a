"""A ban takes a newer version of its playbook: what is new comes in, what changed is brought up to date, and the steps that this
touches are open again for those who had finished them. Nobody else hears of it.

Who is told follows from the events written here (see reminders/notices.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.people.models import User
from migration_planner.planning import changing, drafting
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Ban, Event, Mark, Step, Workflow
from migration_planner.planning.playbooks import library
from migration_planner.planning.playbooks.differences import ADDED, CHANGED, REMOVED, Change, Difference, compare
from migration_planner.planning.scans import weighing

FINISHED = [Mark.State.DONE, Mark.State.NOT_APPLICABLE]


def offered(ban: Ban) -> Difference | None:
    """What the newest version of the ban's playbook would change; None when there is no newer one."""
    newer = library.newer_than(ban.playbook, ban.playbook_version)
    if newer is None:
        return None
    return compare(ban, newer, library.find_version(ban.playbook, ban.playbook_version))


def finished_marks(difference: Difference) -> dict[int, int]:
    """How many people or teams have finished each touched step, and would find it open again. One query."""
    marks = Mark.objects.filter(step__in=difference.touched, state__in=FINISHED)
    counted = marks.order_by().values_list("step").annotate(count=Count("pk"))
    return {step: count for step, count in counted if step is not None}


@transaction.atomic
def take(ban: Ban, version: str, *, by: User, now: datetime, why: str = "") -> int:
    """Take the newest version of the playbook, which is to be `version`. Returns how many marks were opened again.

    A draft needs no reason, a ban in force does. Raises ChangedMeanwhile when another version is the newest by now, and
    DomainError when there is none to take.
    """
    if ban.is_draft:
        drafting.hold_draft(ban)
    else:
        changing.hold(ban, why)
    difference = offered(ban)
    if difference is None:
        raise DomainError(_t("This ban has the newest version of its playbook."))
    if difference.playbook.version != version:
        words = _t("Version %(version)s is the newest by now. Look at what it changes, and take it.")
        raise ChangedMeanwhile(words % {"version": difference.playbook.version})
    before = ban.playbook_version
    _carry_out(ban, difference, now=now)
    event = _record(ban, before, difference, by=by, now=now, why=why.strip())
    reopened = _reopen(difference, event) if ban.is_live else 0
    ban.count_steps()
    if not ban.required_steps:
        raise DomainError(_t("Ask for at least one required step of each person."))
    if ban.is_live:
        weighing.weigh(ban, now=now)
        recount(ban)
    return reopened


def _carry_out(ban: Ban, difference: Difference, *, now: datetime) -> None:
    _write_workflows(ban, difference.workflows, now=now)
    keys = dict(ban.workflows.live().values_list("key", "pk"))
    for change in difference.steps:
        _write_step(ban, change, keys, now=now)
    fresh = {change.key for change in difference.steps if change.kind == ADDED}
    _put_in_order(ban, [step.key for step in difference.playbook.steps], fresh)
    ban.playbook_version, ban.parameters = difference.playbook.version, dict(difference.parameters)
    ban.save(update_fields=["playbook_version", "parameters"])
    library.keep(difference.playbook, now=now)


def _write_workflows(ban: Ban, changes: list[Change], *, now: datetime) -> None:
    last = ban.workflows.count()
    for change in changes:
        row = change.before or Workflow(ban=ban, key=change.key, position=last)
        last += change.before is None
        for name, value in change.after.items():
            setattr(row, name, value)
        row.removed_at = now if change.kind == REMOVED else None
        row.save()
        if change.kind == REMOVED:
            row.steps.update(workflow=None)


def _write_step(ban: Ban, change: Change, workflows: Mapping[str, int], *, now: datetime) -> None:
    if change.kind == REMOVED and ban.is_draft:
        change.before.delete()
    elif change.kind == REMOVED:
        Step.objects.filter(pk=change.before.pk).update(removed_at=now)
    elif change.kind in (ADDED, CHANGED):
        step = change.before or Step(ban=ban, key=change.key, position=ban.steps.count())
        for name, value in change.after.items():
            if name != "workflow":
                setattr(step, name, value)
        if change.kind == ADDED or "workflow" in change.after:
            step.workflow_id = workflows.get(change.workflow)
        step.removed_at = None
        # What no scan can verify (any more) cannot be demanded to be verified.
        step.must_be_verified = step.must_be_verified and step.scan == Step.Scan.CLEAN
        step.save()


def _put_in_order(ban: Ban, order: list[str], fresh: set[str]) -> None:
    """Fresh steps stand behind the step that they follow in the playbook; the owners' own order of the others stays."""
    by_key = {step.key: step for step in ban.steps.live()}
    keys = [key for key in by_key if key not in fresh]
    for key in (each for each in order if each in fresh):
        above = [each for each in order[: order.index(key)] if each in keys]
        keys.insert(keys.index(above[-1]) + 1 if above else 0, key)
    for position, key in enumerate(keys):
        by_key[key].position = position
    Step.objects.bulk_update(by_key.values(), ["position"])


def _record(ban: Ban, before: str, difference: Difference, *, by: User, now: datetime, why: str) -> Event:
    kinds = [change.kind for change in difference.steps]
    data: dict[str, Any] = {
        "before": before,
        "after": difference.playbook.version,
        "everybody": difference.adds_for_everybody,
        **{kind: kinds.count(kind) for kind in (ADDED, CHANGED, REMOVED)},
    }
    if ban.is_draft:
        data["part"] = "playbook"
        return Event.record(Event.Verb.EDITED, by=by, now=now, ban=ban, data=data)
    return Event.record(Event.Verb.PLAYBOOK_TAKEN, by=by, now=now, why=why, ban=ban, data=data)


REOPEN = """
    WITH gone AS (
        DELETE FROM planning_mark WHERE step_id = ANY(%(steps)s) AND state IN ('done', 'not_applicable')
        AND (checklist_id IS NULL OR checklist_id IN (SELECT id FROM planning_checklist WHERE state <> 'stopped'))
        RETURNING *
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, migration_id, checklist_id, person_id, step_id, data)
    SELECT event.at, 'step_reopened', event.actor_id, event.why, event.ban_id, gone.migration_id, gone.checklist_id,
           coalesce(checklist.person_id, gone.by_id), gone.step_id,
           jsonb_build_object('taken', event.id, 'before', jsonb_build_object('state', gone.state, 'note', gone.note))
    FROM gone JOIN planning_event AS event ON event.id = %(event)s
    LEFT JOIN planning_checklist AS checklist ON checklist.id = gone.checklist_id
"""


def _reopen(difference: Difference, event: Event) -> int:
    """Take the finished marks off the touched steps, with a line of history for each. Set-based: there may be many."""
    with connection.cursor() as cursor:
        cursor.execute(REOPEN, {"steps": list(difference.touched), "event": event.pk})
        return int(cursor.rowcount)
