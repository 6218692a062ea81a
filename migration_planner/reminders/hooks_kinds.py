"""The kinds of events that programs elsewhere can be told of: their names there, and the lines of history they are."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models import Event

Verb = Event.Verb

#: What a test is called.
TEST = "test"
#: Name → (title, verbs). A verb belongs to one kind.
KINDS: dict[str, tuple[Any, tuple[Event.Verb, ...]]] = {
    "ban.published": (_("A ban is published"), (Verb.PUBLISHED,)),
    "ban.changed": (
        _("A ban in force is changed: cutoff, scope, steps, audience, owners, waves, playbook, reminders"),
        (
            Verb.CUTOFF_MOVED, Verb.SCOPE_CHANGED, Verb.STEPS_CHANGED, Verb.AUDIENCE_CHANGED, Verb.OWNERS_CHANGED,
            Verb.WAVES_CHANGED, Verb.WAVE_DECIDED, Verb.PLAYBOOK_TAKEN, Verb.LADDER_CHANGED, Verb.ESCALATION_CHANGED,
        ),
    ),
    "ban.closed": (_("A ban is closed"), (Verb.CLOSED,)),
    "ban.withdrawn": (_("A ban is withdrawn"), (Verb.WITHDRAWN,)),
    "ban.reopened": (_("A ban is reopened"), (Verb.REOPENED,)),
    "proposal.waiting": (_("A change waits for another owner"), (Verb.PROPOSED,)),
    "proposal.decided": (_("A proposed change is applied or declined"), (Verb.PROPOSAL_APPLIED, Verb.PROPOSAL_DECLINED)),
    "step.marked": (
        _("Somebody marks a step, or takes a mark back"),
        (Verb.MARKED_DONE, Verb.MARKED_BLOCKED, Verb.MARKED_NOT_APPLICABLE, Verb.MARK_UNDONE),
    ),
    "checklist.completed": (_("A person has finished their checklist"), (Verb.CHECKLIST_COMPLETED,)),
    "team.done": (_("A team is done, for the first time"), (Verb.TEAM_DONE,)),
    "forecast.changed": (_("The forecast of a ban changes to another word, such as at risk"), (Verb.HEALTH_CHANGED,)),
    "mark.returned": (_("A lead returns a mark, or takes that back"), (Verb.MARK_RETURNED, Verb.RETURN_TAKEN_BACK)),
    "step.reopened": (_("A step is opened again"), (Verb.STEP_REOPENED,)),
    "step.evidence": (
        _("Scans change what they say about a step"),
        (Verb.EVIDENCE_CHANGED, Verb.EVIDENCE_SET_ASIDE, Verb.EVIDENCE_RESTORED),
    ),
    "step.regressed": (_("A scan finds the old tool again"), (Verb.REGRESSED,)),
    "waiver.requested": (_("A waiver is asked for"), (Verb.WAIVER_REQUESTED,)),
    "waiver.decided": (_("A waiver is granted or refused"), (Verb.WAIVER_GRANTED, Verb.WAIVER_REFUSED)),
    "waiver.ended": (_("A waiver ends or is revoked"), (Verb.WAIVER_EXPIRED, Verb.WAIVER_REVOKED)),
    "gap.opened": (_("A gap is reported"), (Verb.GAP_OPENED,)),
    "gap.fixed": (_("A gap is declared fixed"), (Verb.GAP_FIXED,)),
    "roster.applied": (_("A roster is applied"), (Verb.ROSTER_APPLIED,)),
}  # fmt: skip
OF_VERB = {verb.value: name for name, (_title, verbs) in KINDS.items() for verb in verbs}


def verbs_of(kinds: Iterable[str]) -> list[str]:
    return sorted(verb.value for kind in kinds for verb in KINDS[kind][1])


def kinds_of(verbs: Iterable[str]) -> list[str]:
    """In the order of `KINDS`."""
    asked = {OF_VERB[verb] for verb in verbs if verb in OF_VERB}
    return [kind for kind in KINDS if kind in asked]
