"""From a playbook to a draft, and the edits of a draft until somebody publishes or discards it.

Every edit holds the ban alone and refuses once it is no draft any more: a ban in force changes through changing.py. An edit
that changes nothing records nothing. `seen` is the fingerprint of what the editor was looking at; when somebody else has saved
something else meanwhile, the edit is refused with ChangedMeanwhile instead of being written over it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.lib.fingerprints import fingerprint
from migration_planner.people.models import Team, User
from migration_planner.planning import choosing, locks, naming
from migration_planner.planning.models import Ban, Event, Step, Tool, Workflow
from migration_planner.planning.models.bans import CUTOFF
from migration_planner.planning.playbooks import Playbook, columns, library

Cutoff = tuple[date, time, str]
#: The fields of a ban that `set_basics` writes besides tools, scope statement and owners.
PLAIN = ["reason", "reason_source", "risk_class", "help"]


@dataclass(frozen=True)
class Basics:
    """What a ban says: the first part of a draft. `owners` are addresses."""

    tool: str
    replacement: str
    scope: str
    reason: str
    reason_source: str
    risk_class: str
    help: str
    owners: tuple[str, ...]

    @classmethod
    def of(cls, ban: Ban) -> "Basics":
        scope = ban.scope
        return cls(
            tool=ban.tool.name,
            replacement=ban.replacement.name,
            scope=scope.text if scope else "",
            **{name: getattr(ban, name) for name in PLAIN},
            owners=tuple(ban.owners.order_by("email").values_list("email", flat=True)),
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint(*(getattr(self, field.name) for field in fields(self)))

    def changed(self, other: "Basics") -> list[str]:
        return [field.name for field in fields(self) if getattr(self, field.name) != getattr(other, field.name)]


@transaction.atomic
def draft_ban(
    playbook: Playbook,
    *,
    by: User | None,
    now: datetime,
    owners: Sequence[User],
    tool: str = "",
    replacement: str = "",
    parameters: Mapping[str, str] | None = None,
    audience: Sequence[str] = (),
    cutoff: Cutoff | None = None,
    scope: str = "",
) -> Ban:
    """Draft a ban from a playbook: its workflows and steps are copied, so later versions of the playbook change nothing here.

    What a later version would change is shown and taken by upgrading.py.

    `audience` are paths of teams. Raises DomainError for a parameter, team or zone that does not exist.
    """
    chosen = playbook.choose(parameters or {})
    filled = playbook.fitted(chosen)
    ban = Ban(
        tool=Tool.called(tool or filled.tool),
        replacement=Tool.called(replacement or filled.replacement),
        **{name: getattr(filled, name) for name in PLAIN},
        playbook=filled.slug,
        playbook_version=filled.version,
        parameters=chosen,
        created_at=now,
    )
    _require_two_tools(ban)
    if cutoff is not None:
        _apply_cutoff(ban, *cutoff, now=now)
    ban.save()
    ban.owners.set(owners)
    ban.write_scope(scope.strip() or filled.scope, by=by or owners[0], now=now)
    _copy_workflows_and_steps(ban, filled)
    library.keep(playbook, now=now)
    choosing.set_teams(ban, naming.teams_at(audience), [])
    Event.record(Event.Verb.DRAFTED, by=by, now=now, ban=ban, data={"playbook": filled.slug, "version": filled.version})
    return ban


def _copy_workflows_and_steps(ban: Ban, playbook: Playbook) -> None:
    workflows = Workflow.objects.bulk_create(
        Workflow(ban=ban, key=workflow.key, position=position, **columns.of_workflow(workflow))
        for position, workflow in enumerate(playbook.workflows)
    )
    by_key = {workflow.key: workflow for workflow in workflows}
    Step.objects.bulk_create(
        Step(ban=ban, key=step.key, position=position, workflow=by_key.get(step.workflow), **columns.of_step(step))
        for position, step in enumerate(playbook.steps)
    )
    ban.count_steps()


@transaction.atomic
def set_basics(ban: Ban, basics: Basics, *, by: User, now: datetime, seen: str = "") -> bool:
    """Write what the ban says. False when it says so already. Raises ChangedMeanwhile when somebody else was faster."""
    hold_draft(ban)
    before = Basics.of(ban)
    if not (changed := basics.changed(before)):
        return False
    require_unchanged(seen, before.fingerprint)
    owners = naming.people_at(basics.owners)
    ban.tool, ban.replacement = Tool.called(basics.tool), Tool.called(basics.replacement)
    _require_two_tools(ban)
    for name in PLAIN:
        setattr(ban, name, getattr(basics, name))
    ban.save(update_fields=["tool", "replacement", *PLAIN])
    _rewrite_scope(ban, basics.scope, by=by, now=now)
    ban.owners.set(require_owners(owners))
    _edited(ban, "basics", by=by, now=now, fields=changed)
    return True


@transaction.atomic
def set_audience(ban: Ban, include: Sequence[str], exclude: Sequence[str] = (), *, by: User, now: datetime) -> bool:
    """Let the draft name exactly the teams at these paths. False when it does so already."""
    hold_draft(ban)
    changed = choosing.set_teams(ban, naming.teams_at(include), naming.teams_at(exclude))
    if changed:
        _edited(ban, "audience", by=by, now=now, include=list(include), exclude=list(exclude))
    return changed


@transaction.atomic
def set_team(ban: Ban, team: Team, standing: choosing.Standing, *, by: User, now: datetime) -> bool:
    """Include one team with all below it, leave it out, or take it off the list. False when it stands so already."""
    hold_draft(ban)
    changed = choosing.set_team(ban, team, standing)
    if changed:
        _edited(ban, "audience", by=by, now=now, team=team.path, standing=standing)
    return changed


@transaction.atomic
def set_cutoff(ban: Ban, day: date, at: time, zone: str, *, by: User, now: datetime) -> bool:
    """Set when the old tool must be gone: what the clocks in `zone` show. False when it is the one the draft has."""
    hold_draft(ban)
    if (ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone) == (day, at, zone):
        return False
    _apply_cutoff(ban, day, at, zone, now=now)
    ban.save(update_fields=CUTOFF)
    ban.keep_waves_in_zone()
    _edited(ban, "cutoff", by=by, now=now, after=ban.cutoff_at.isoformat() if ban.cutoff_at else None, zone=zone)
    return True


@transaction.atomic
def change_steps(ban: Ban, change: Callable[[], dict[str, Any]], *, by: User, now: datetime) -> None:
    """Apply `change` to the steps of a draft; it returns what it did, for history, or nothing when it did nothing."""
    hold_draft(ban)
    if data := change():
        ban.count_steps()
        _edited(ban, "steps", by=by, now=now, **data)


@transaction.atomic
def discard(ban: Ban, *, by: User, now: datetime) -> None:
    """Put a draft away for good. Nobody sees it any more; its history stays."""
    hold_draft(ban)
    ban.state, ban.ended_at = Ban.State.DISCARDED, now
    ban.save(update_fields=["state", "ended_at"])
    Event.record(Event.Verb.DISCARDED, by=by, now=now, ban=ban)


def hold_draft(ban: Ban) -> None:
    """Hold the ban alone and read it again. Raises DomainError when it is no draft any more."""
    locks.hold_ban_alone(ban.pk)
    ban.refresh_from_db()
    if ban.is_live:
        raise DomainError(_t("This ban has been published meanwhile. Open it to change it, with a reason."))
    if not ban.is_draft:
        raise DomainError(ban.standing)


def require_unchanged(seen: str, current: str) -> None:
    if seen and seen != current:
        raise ChangedMeanwhile(
            _t(
                "Somebody has saved other words here since you opened this page. Compare yours with theirs, and save again."
            )
        )


def require_owners(owners: Sequence[User]) -> Sequence[User]:
    if not owners:
        raise DomainError(_t("Name at least one owner."))
    return owners


def _require_two_tools(ban: Ban) -> None:
    if ban.tool == ban.replacement:
        raise DomainError(_t("The tool and its replacement are the same. Name two different ones."))


def _rewrite_scope(ban: Ban, text: str, *, by: User, now: datetime) -> None:
    """Nobody has read the words of a draft yet, so its scope statement stays version 1 however often it is edited."""
    if ban.scope is None:
        ban.write_scope(text, by=by, now=now)
    else:
        ban.scope_statements.update(text=text.strip(), written_by=by, written_at=now)


def _apply_cutoff(ban: Ban, day: date, at: time, zone: str, *, now: datetime) -> None:
    ban.set_cutoff(day, at, zone)
    if ban.cutoff_at is None or ban.cutoff_at <= now:
        raise DomainError(_t("This cutoff has passed already. Choose a later one."))


def _edited(ban: Ban, part: str, *, by: User, now: datetime, **data: Any) -> None:
    Event.record(Event.Verb.EDITED, by=by, now=now, ban=ban, data={"part": part, **data})
