"""Lines of history as sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext_lazy as pgettext

from migration_planner.lib.lists import grouped, listed
from migration_planner.planning.models import Ban, Event, Tool
from migration_planner.web import clock, levels

Data = dict[str, Any]

#: Names of what an edit touched.
FIELDS = {
    "tool": pgettext("part of a ban", "tool"),
    "replacement": pgettext("part of a ban", "replacement"),
    "scope": pgettext("part of a ban", "scope statement"),
    "reason": pgettext("part of a ban", "reason"),
    "reason_source": pgettext("part of a ban", "source of the reason"),
    "risk_class": pgettext("part of a ban", "risk class"),
    "help": pgettext("part of a ban", "who helps"),
    "owners": pgettext("part of a ban", "owners"),
    "title": pgettext("part of a ban", "title"),
    "guidance": pgettext("part of a ban", "guidance"),
    "per": pgettext("part of a ban", "for whom"),
    "required": pgettext("part of a ban", "required or optional"),
    "minutes": pgettext("part of a ban", "minutes"),
    "evidence": pgettext("part of a ban", "evidence"),
    "workflow": pgettext("part of a ban", "workflow"),
    "place": pgettext("part of a ban", "place in the list"),
}

#: Names of what a newer playbook says otherwise about a workflow.
WORKFLOW_FIELDS = {
    "title": pgettext("part of a workflow", "title"),
    "what": pgettext("part of a workflow", "what it is"),
    "compatibility": pgettext("part of a workflow", "verdict"),
    "severity": pgettext("part of a workflow", "severity"),
    "detected": pgettext("part of a workflow", "how it is found"),
    "detectors": pgettext("part of a workflow", "rules of the scanner"),
    "loss": pgettext("part of a workflow", "what is lost"),
    "target": pgettext("part of a workflow", "where it goes"),
    "conversion": pgettext("part of a workflow", "what to do"),
    "limits": pgettext("part of a workflow", "known limits"),
    "listing": pgettext("part of a workflow", "how to verify it"),
    "verify": pgettext("part of a workflow", "how to verify it"),
    "question": pgettext("part of a workflow", "open question"),
    "question_for": pgettext("part of a workflow", "who answers"),
    "sources": pgettext("part of a workflow", "sources"),
    "checked_on": pgettext("part of a workflow", "day of the check"),
    "versions": pgettext("part of a workflow", "versions"),
}


@dataclass(frozen=True)
class Line:
    """One event: who did what, more about it, and when."""

    event: Event
    who: str
    what: str
    more: str

    @property
    def why(self) -> str:
        return self.event.why


def line(event: Event) -> Line:
    who = event.actor.name if event.actor else _("The clock")
    what = str(Event.Verb(event.verb).label)
    subject = event.step.title if event.step else (event.migration.team.name if event.migration else "")
    if subject:
        what = _("%(what)s: %(subject)s") % {"what": what, "subject": subject}
    return Line(event, who, what, " ".join(_more(event.verb, event.data)))


def end_of(ban: Ban) -> Event | None:
    """Who ended the ban, when and why; None while it has not ended."""
    if ban.ended_at is None:
        return None
    ends = [Event.Verb.CLOSED, Event.Verb.WITHDRAWN]
    return ban.events.filter(verb__in=ends).select_related("actor").order_by("-id").first()


def _more(verb: str, data: Data) -> list[str]:
    """Sentences about what an event carries. Events of any age are read here, so nothing is taken for granted."""
    match verb:
        case Event.Verb.PUBLISHED:
            return [_people_and_teams(data)] if "people" in data else []
        case Event.Verb.CUTOFF_MOVED:
            return [_("From %(before)s to %(after)s.") % {"before": _at(data, "before"), "after": _at(data, "after")}]
        case Event.Verb.AUDIENCE_CHANGED | Event.Verb.ROSTER_APPLIED:
            return [_moves(data)]
        case Event.Verb.NUDGED:
            return [_written_to(data["queued"])] if "queued" in data else []
        case Event.Verb.SCOPE_CHANGED:
            return [_("It is now version %(version)s.") % {"version": data["version"]}] if data.get("version") else []
    write = SENTENCES.get(verb)
    return write(data) if write else []


def _people_and_teams(data: Data) -> str:
    people = ngettext("%(count)s person", "%(count)s people", data["people"]) % {"count": grouped(data["people"])}
    teams = ngettext("%(count)s team", "%(count)s teams", data["teams"]) % {"count": grouped(data["teams"])}
    return _("%(people)s in %(teams)s.") % {"people": people, "teams": teams}


def _at(data: Data, key: str) -> str:
    moment = data.get(key)
    return clock.write(timezone.localtime(datetime.fromisoformat(moment)), "full") if moment else "–"


def _moves(data: Data) -> str:
    numbers = {key: grouped(data.get(key, 0)) for key in ("joined", "moved", "stopped", "returned")}
    return _("%(joined)s joined, %(moved)s moved, %(stopped)s stopped, %(returned)s returned.") % numbers


def _written_to(people: int) -> str:
    return ngettext("%(count)s person was written to.", "%(count)s people were written to.", people) % {
        "count": grouped(people)
    }


def _escalation(data: Data) -> list[str]:
    before, after = (levels.words(tuple(data.get(key, []))) for key in ("before", "after"))
    now = _("It is now: %(levels)s.") % {"levels": listed(after)} if after else _("It does not escalate any more.")
    return [now, *([_("Before: %(levels)s.") % {"levels": listed(before)}] if before else [])]


def _snooze(data: Data) -> list[str]:
    days = int(data.get("days") or data.get("after") or 0)
    return [ngettext("For %(count)d day.", "For %(count)d days.", days) % {"count": days}]


def _owners(data: Data) -> list[str]:
    added, removed = listed(data.get("added", [])), listed(data.get("removed", []))
    return [
        *([_("Added: %(names)s.") % {"names": added}] if added else []),
        *([_("Removed: %(names)s.") % {"names": removed}] if removed else []),
    ]


def _decision(data: Data) -> list[str]:
    after, before = data.get("after", {}), data.get("before", {})
    words = {value: str(label) for value, label in Tool.Status.choices}
    if before and before.get("status") != after.get("status"):
        sentence = _("From %(before)s to %(after)s.")
        return [sentence % {key: words.get(data[key].get("status"), "–") for key in ("before", "after")}]
    return [_("Status: %(status)s.") % {"status": words.get(after.get("status"), "–")}]


def _taken(data: Data) -> list[str]:
    words = _("From version %(before)s to %(after)s: %(added)d steps added, %(changed)d changed, %(removed)d removed.")
    return [words % {"added": 0, "changed": 0, "removed": 0, "before": "–", **data}] if "after" in data else []


def _edit(data: Data) -> list[str]:
    fields = listed(str(FIELDS.get(name, name)) for name in data.get("fields", []))
    match data.get("part"), data.get("change"):
        case "basics", _other:
            return [_("What it says: %(fields)s.") % {"fields": fields}]
        case "playbook", _other:
            return _taken(data)
        case "audience", _other:
            return [_audience(data)]
        case "cutoff", _other:
            return [_("Cutoff: %(after)s.") % {"after": _at(data, "after")}]
        case _part, "added":
            return [_("Added the step “%(step)s”.") % {"step": data.get("step", "")}]
        case _part, "removed":
            return [_("Removed the step “%(step)s”.") % {"step": data.get("step", "")}]
        case _part, "edited":
            return [_("Step “%(step)s”: %(fields)s.") % {"step": data.get("step", ""), "fields": fields}]
    return []


def _audience(data: Data) -> str:
    if "team" not in data:
        return _("Audience: %(teams)s.") % {"teams": listed(data.get("include", []))}
    words = {
        "included": _("Included %(team)s."),
        "excluded": _("Left out %(team)s."),
        "unnamed": _("Took %(team)s off the list."),
    }
    return words.get(data.get("standing", ""), "%(team)s") % {"team": data["team"]}


SENTENCES: dict[str, Callable[[Data], list[str]]] = {
    Event.Verb.OWNERS_CHANGED: _owners,
    Event.Verb.TOOL_CHANGED: _decision,
    Event.Verb.PLAYBOOK_TAKEN: _taken,
    Event.Verb.STEPS_CHANGED: _edit,
    Event.Verb.STEPS_ORDERED: _edit,
    Event.Verb.EDITED: _edit,
    Event.Verb.ESCALATION_CHANGED: _escalation,
    Event.Verb.SNOOZED: _snooze,
    Event.Verb.SNOOZE_LIMIT_CHANGED: _snooze,
}
