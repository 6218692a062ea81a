"""Lines of history as sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext_lazy as pgettext

from migration_planner.lib.lists import grouped, listed
from migration_planner.planning import behalf
from migration_planner.planning.models import AccessToken, Ban, Contradiction, Event, Evidence, Gap, Tool
from migration_planner.reminders.models import Hook
from migration_planner.web import clock, levels
from migration_planner.web.shapes import look

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
    "must_be_verified": pgettext("part of a ban", "has to be verified"),
    "scan": pgettext("part of a ban", "what scans say"),
    "scan_for": pgettext("part of a ban", "what scans look for"),
}

#: Names of what a proposal changes.
PARTS = {
    "audience": pgettext("part of a proposal", "audience"),
    "cutoff": pgettext("part of a proposal", "cutoff"),
    "placing": pgettext("part of a proposal", "the wave of a team"),
    "removal": pgettext("part of a proposal", "the removal of a wave"),
    "scope": pgettext("part of a proposal", "scope statement"),
    "waivers": pgettext("part of a proposal", "waivers"),
    "wave": pgettext("part of a proposal", "the date of a wave"),
}

OF_GAPS = [
    Event.Verb.GAP_OPENED,
    Event.Verb.GAP_CHANGED,
    Event.Verb.GAP_FIXED,
    Event.Verb.GAP_MERGED,
    Event.Verb.GAP_TIED,
]

OF_HOOKS = [
    Event.Verb.HOOK_SET,
    Event.Verb.HOOK_SECRET,
    Event.Verb.HOOK_SWITCHED,
    Event.Verb.HOOK_SENT_AGAIN,
    Event.Verb.HOOK_REMOVED,
]

ANSWERED = (Event.Verb.GAP_CHANGED, Event.Verb.GAP_FIXED)

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
        """The reason; of a comment its words, until it is withdrawn."""
        return self.event.why or getattr(self.event, "said", None) or ""

    @property
    def is_answer(self) -> bool:
        """Whether the reason is the answer to a gap: Markdown, as it is printed everywhere else."""
        return bool(self.why) and self.event.verb in ANSWERED


def line(event: Event) -> Line:
    who = _who(event)
    what = str(Event.Verb(event.verb).label)
    if subject := _subject(event):
        what = _("%(what)s: %(subject)s") % {"what": what, "subject": subject}
    return Line(event, who, what, " ".join([*_more(event.verb, event.data), *_first_owner(event)]))


def _who(event: Event) -> str:
    """Who did it; of a substitute both names."""
    if not event.actor:
        return _("The clock")
    return behalf.names(event.actor.name, (event.data.get("for") or {}).get("name"))


def _first_owner(event: Event) -> list[str]:
    """Who proposed what another owner has applied or declined."""
    decided = event.verb in (Event.Verb.PROPOSAL_APPLIED, Event.Verb.PROPOSAL_DECLINED)
    return [_("Proposed by %(name)s.") % {"name": event.person.name}] if decided and event.person else []


def _subject(event: Event) -> str:
    """What it was done to."""
    if event.gap and event.verb in OF_GAPS:
        return event.gap.title
    return event.step.title if event.step else (event.migration.team.name if event.migration else "")


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


def _gap(data: Data) -> list[str]:
    words = {value: str(label) for value, label in Gap.State.choices}
    before, after = (words.get(data.get(key, ""), "–") for key in ("before", "after"))
    sentence = _("From %(before)s to %(after)s.") % {"before": before, "after": after}
    return [sentence] if "state" in data.get("fields", []) else []


def _merged(data: Data) -> list[str]:
    if "into" in data:
        return [_("It is now part of “%(gap)s”.") % {"gap": data["into"]}]
    return [_("It took in “%(gap)s”.") % {"gap": data["of"]}] if "of" in data else []


def _signals(data: Data) -> list[str]:
    counts = {name: grouped(data.get(name, 0)) for name in ("rows", "added", "replaced", "bad")}
    return [_("%(rows)s rows: %(added)s new, %(replaced)s corrected, %(bad)s left out.") % counts]


def _answered(data: Data) -> list[str]:
    words = {value: str(label) for value, label in Contradiction.Answer.choices}
    return [_("“%(answer)s”") % {"answer": words[data["answer"]]}] if data.get("answer") in words else []


def _quiet(data: Data) -> list[str]:
    return [_("From %(before)s to %(after)s.") % {"before": data.get("before"), "after": data.get("after")}]


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


def _weighed(data: Data) -> list[str]:
    """What scans say about a step now, and said before."""
    words = {value: str(label) for value, label in Evidence.Verdict.choices}
    before, after = (words.get(data.get(key, ""), _("nothing")) for key in ("before", "after"))
    sentences = [_("The scans said: %(before)s. They say: %(after)s.") % {"before": before, "after": after}]
    if data.get("repository"):
        sentences.append(_("The report was about %(repository)s.") % {"repository": data["repository"]})
    return sentences


def _token(data: Data) -> list[str]:
    if scopes := data.get("scopes"):
        known = dict(AccessToken.Scope.choices)
        words = {"name": data.get("name", ""), "scopes": listed(known.get(scope, scope) for scope in scopes)}
        return [_("Token “%(name)s”, to %(scopes)s.") % words]
    if not data.get("team"):
        return [_("Token “%(name)s”, for signals.") % {"name": data.get("name", "")}]
    return [_("Token “%(name)s” of %(team)s.") % {"name": data.get("name", ""), "team": data.get("team", "")}]


def _about_repository(data: Data) -> list[str]:
    return [_("About %(repository)s.") % {"repository": data["repository"]}] if data.get("repository") else []


def _playbook_gone(data: Data) -> list[str]:
    return [_("%(playbook)s, version %(version)s.") % {"playbook": "–", "version": "–", **data}]


def _waiver(data: Data) -> list[str]:
    """Until when a waiver is asked for, granted or over."""
    if not data.get("until"):
        return []
    return [_("Until %(day)s.") % {"day": clock.write(date.fromisoformat(data["until"]), "day")}]


def _rules(data: Data) -> list[str]:
    words = _("%(levels)d levels, %(days)d days, %(extensions)d extensions.")
    return [words % data["after"]] if "after" in data else []


def _waves(data: Data) -> list[str]:
    """What became of a wave, or of a team under the waves."""
    names = {"wave": data.get("wave") or "–", "team": data.get("team", "–")}
    if data.get("change") == "moved":
        names |= {key: _at(data, key) for key in ("before", "after")}
        return [_("%(wave)s: from %(before)s to %(after)s.") % names]
    if data.get("change") == "team":
        return [_("%(team)s: %(wave)s.") % names]
    words = {"added": _("Added: %(wave)s."), "removed": _("Removed: %(wave)s."), "edited": _("Edited: %(wave)s.")}
    return [words.get(data.get("change", ""), "%(wave)s") % names]


def _go(data: Data) -> list[str]:
    return [(_("%(wave)s: go.") if data.get("go") else _("%(wave)s: no go.")) % {"wave": data.get("wave", "–")}]


def _room(data: Data) -> list[str]:
    """Which room, by its team and by what may be seen of its address, and how a test went."""
    names = {"team": data.get("team") or "–", "hint": data.get("hint") or "–"}
    found = [_("%(team)s, %(hint)s.") % names]
    if "taken" in data:
        found.append(_("The service took it.") if data["taken"] else _("The service did not take it."))
    return found


def _hook(data: Data) -> list[str]:
    """Which webhook, by its name and by what may be seen of its address, and why it is off."""
    names = {"name": data.get("name") or "–", "hint": data.get("hint") or "–"}
    found = [_("%(name)s, %(hint)s.") % names]
    if "off" in data:
        words = {value: str(label) for value, label in Hook.Off.choices}
        found.append(_("It is off: %(why)s.") % {"why": words.get(data["off"], "–")} if data["off"] else _("It is on."))
    return found


def _leave(data: Data) -> list[str]:
    first, last = data.get("after") or (None, None)
    if not first or not last:
        return [_("None any more.")]
    return [_("From %(first)s up to %(last)s.") % {"first": first, "last": last}]


def _substitution(data: Data) -> list[str]:
    """Who stands in for whom, and on which days."""
    names = {key: data.get(key) or "–" for key in ("substitute", "lead")}
    days = {
        key: clock.write(date.fromisoformat(data[key]), "day") if data.get(key) else "–" for key in ("first", "last")
    }
    return [_("%(substitute)s for %(lead)s, from %(first)s up to %(last)s.") % {**names, **days}]


def _health(data: Data) -> list[str]:
    """What the forecast was called, and is called now."""
    before, after = (str(look(data[key]).word) if data.get(key) else "–" for key in ("before", "after"))
    return [_("From %(before)s to %(after)s.") % {"before": before, "after": after}]


def _proposal(data: Data) -> list[str]:
    parts = listed(str(PARTS.get(name, name)) for name in data.get("parts", []))
    return [_("What it changes: %(parts)s.") % {"parts": parts}] if parts else []


SENTENCES: dict[str, Callable[[Data], list[str]]] = {
    Event.Verb.OWNERS_CHANGED: _owners,
    Event.Verb.TOOL_CHANGED: _decision,
    Event.Verb.LEAVE_NOTED: _leave,
    Event.Verb.SUBSTITUTE_NAMED: _substitution,
    Event.Verb.SUBSTITUTE_ENDED: _substitution,
    Event.Verb.PLAYBOOK_TAKEN: _taken,
    Event.Verb.ASKED: lambda data: [_written_to(data["queued"])] if "queued" in data else [],
    Event.Verb.SIGNALS_IMPORTED: _signals,
    Event.Verb.CONTRADICTION_ANSWERED: _answered,
    Event.Verb.QUIET_DAYS_CHANGED: _quiet,
    Event.Verb.GAP_CHANGED: _gap,
    Event.Verb.GAP_FIXED: _gap,
    Event.Verb.GAP_MERGED: _merged,
    Event.Verb.STEPS_CHANGED: _edit,
    Event.Verb.STEPS_ORDERED: _edit,
    Event.Verb.EDITED: _edit,
    Event.Verb.EVIDENCE_CHANGED: _weighed,
    Event.Verb.REPORT_TAKEN: _about_repository,
    Event.Verb.TOKEN_MADE: _token,
    Event.Verb.TOKEN_REVOKED: _token,
    Event.Verb.PLAYBOOK_REMOVED: _playbook_gone,
    Event.Verb.ESCALATION_CHANGED: _escalation,
    Event.Verb.SNOOZED: _snooze,
    Event.Verb.HEALTH_CHANGED: _health,
    **dict.fromkeys(
        [
            Event.Verb.WAIVER_REQUESTED,
            Event.Verb.WAIVER_APPROVED,
            Event.Verb.WAIVER_GRANTED,
            Event.Verb.WAIVER_EXPIRED,
            Event.Verb.WAIVER_REVOKED,
        ],
        _waiver,
    ),
    Event.Verb.WAIVER_RULES_CHANGED: _rules,
    Event.Verb.WAVES_CHANGED: _waves,
    Event.Verb.WAVE_DECIDED: _go,
    Event.Verb.SNOOZE_LIMIT_CHANGED: _snooze,
    **dict.fromkeys(
        [Event.Verb.ROOM_SET, Event.Verb.ROOM_TESTED, Event.Verb.ROOM_REMOVED, Event.Verb.ROOM_TRIED_AGAIN], _room
    ),
    **dict.fromkeys(OF_HOOKS, _hook),
    **dict.fromkeys([Event.Verb.PROPOSED, Event.Verb.PROPOSAL_APPLIED, Event.Verb.PROPOSAL_DECLINED], _proposal),
    Event.Verb.SCOPE_ACKNOWLEDGED: lambda data: [_("Version %(version)s.") % {"version": data.get("version", "–")}],
}
