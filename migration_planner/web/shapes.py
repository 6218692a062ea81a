"""The shape and the tone of every state that pages show. The word comes with it, so that colour is never the only sign."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_DISC = '<circle cx="8" cy="8" r="7" fill="currentColor"/>'
_RING = '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.75"/>'
_CUT = 'class="cut" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
_PEN = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'

#: Drawings of 16 × 16 in the colour of the text around them.
SHAPES = {
    "ring": _RING,
    "half": f'{_RING}<path d="M8 4.2a3.8 3.8 0 0 1 0 7.6z" fill="currentColor"/>',
    "check": f'{_DISC}<path d="m4.9 8.3 2.2 2.2 4-4.6" {_CUT}/>',
    "open-check": f'{_RING}<path d="m5.4 8.2 1.8 1.8 3.4-3.8" {_PEN}/>',
    "stop": f'<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor"/><path d="M4.6 8h6.8" {_CUT}/>',
    "dash": f'{_RING}<path d="M5.4 8h5.2" {_PEN}/>',
    "slash": f'{_RING}<path d="m3.9 12.1 8.2-8.2" {_PEN}/>',
    "cross": f'{_RING}<path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" {_PEN}/>',
    "disc": _DISC,
    "square": '<rect x="2" y="2" width="12" height="12" rx="2" fill="currentColor"/>',
    "dotted": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.75" stroke-dasharray="2.2 2.5"/>',
    "play": '<path d="M4 2.2v11.6L14 8z" fill="currentColor"/>',
    "question": f'{_RING}<path d="M6.2 6.3a1.9 1.9 0 1 1 2.7 1.8c-.6.3-.9.6-.9 1.2" {_PEN}/><path d="M8 11.3v.01" {_PEN}/>',
    "clock": f'{_RING}<path d="M8 4.8V8l2.2 1.4" {_PEN}/>',
    "pause": f'{_RING}<path d="M6.3 5.6v4.8m3.4-4.8v4.8" {_PEN}/>',
    "warning": f'<path d="M8 1.2 15.4 14.4H.6z" fill="currentColor"/><path d="M8 6v3.6" {_CUT}/><path d="M8 12v.01" {_CUT}/>',
    "back": f'<path d="M6.2 3 2.6 6.6l3.6 3.6M3 6.6h6.2a3.6 3.6 0 0 1 0 7.2H7.6" {_PEN}/>',
    "search": f'<circle cx="7" cy="7" r="4.6" {_PEN}/><path d="m10.6 10.6 3.6 3.6" {_PEN}/>',
    "info": f'{_DISC}<path d="M8 7.4v4M8 4.6v.01" {_CUT}/>',
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    word: "str | Promise"
    shape: str
    tone: str = ""


LOOKS = {
    # steps and checklists
    "open": Look(_("to do"), "ring"),
    "not_started": Look(_("not started"), "ring"),
    "started": Look(_("started"), "half", "progressing"),
    "blocked": Look(_("blocked"), "stop", "bad"),
    "done": Look(_("done"), "check", "good"),
    "not_applicable": Look(_("not applicable"), "dash"),
    "stopped": Look(_("stopped"), "square"),
    "waived": Look(_("waived"), "clock", "warn"),
    "claimed": Look(_("claimed"), "open-check"),
    "confirmed": Look(_("confirmed"), "check"),
    "returned": Look(_("returned, to do again"), "back", "warn"),
    "reopened": Look(_("to do again"), "back", "progressing"),
    "verified": Look(_("verified"), "check", "good"),
    # bans
    "draft": Look(_("draft"), "dotted"),
    "published": Look(_("published"), "play", "progressing"),
    "closed": Look(_("closed"), "square"),
    "withdrawn": Look(_("withdrawn"), "cross"),
    # how a ban fares
    "on_track": Look(_("on track"), "check", "good"),
    "at_risk": Look(_("at risk"), "warning", "bad"),
    "standstill": Look(_("standing still"), "pause", "warn"),
    "too_early": Look(_("too early to say"), "dotted"),
    "finished": Look(_("finished"), "check", "good"),
    # gaps
    "gap_open": Look(_("open"), "ring", "bad"),
    "workaround": Look(_("workaround"), "half", "warn"),
    "fixed": Look(_("fixed"), "check", "good"),
    "will_not_fix": Look(_("will not be fixed"), "slash", "bad"),
    # what the signals say of the old tool and of the new one
    "old_in_use": Look(_("in use"), "warning", "bad"),
    "old_stopped": Look(_("not used any more"), "check", "good"),
    "new_in_use": Look(_("in use"), "check", "good"),
    "new_stopped": Look(_("not used any more"), "half", "warn"),
    "no_use": Look(_("no use known"), "dotted"),
    # compatibility
    "full": Look(_("carries over fully"), "disc", "good"),
    "partial": Look(_("carries over in part"), "half", "warn"),
    "none": Look(_("does not carry over"), "slash", "bad"),
    "unknown": Look(_("not known yet"), "question", "progressing"),
    # tools of the catalogue
    "approved": Look(_("approved"), "check", "good"),
    "restricted": Look(_("restricted"), "half", "warn"),
    "prohibited": Look(_("prohibited"), "slash", "bad"),
    "sunset": Look(_("sunset"), "clock", "warn"),
    # facts, and what a newer playbook does
    "stale": Look(_("check again"), "clock", "warn"),
    "added": Look(_("new"), "disc", "progressing"),
    "changed": Look(_("changed"), "half", "progressing"),
    "removed": Look(_("removed"), "cross"),
    "kept": Look(_("yours is kept"), "square"),
    # mail
    "provisional": Look(_("provisional"), "half", "warn"),
    "planned": Look(_("planned"), "clock"),
    "waiting": Look(_("waiting"), "clock"),
    "again": Look(_("put off"), "clock", "warn"),
    "sending": Look(_("being sent"), "half", "progressing"),
    "sent": Look(_("sent"), "check", "good"),
    "cancelled": Look(_("cancelled"), "cross"),
    "suppressed": Look(_("suppressed"), "dash"),
    "held": Look(_("held"), "pause", "warn"),
    "dead": Look(_("not deliverable"), "stop", "bad"),
    # roster imports
    "uploaded": Look(_("uploaded"), "dotted"),
    "previewed": Look(_("to be decided on"), "dotted"),
    "requested": Look(_("waiting to be applied"), "clock"),
    "applying": Look(_("being applied"), "half", "progressing"),
    "applied": Look(_("applied"), "check", "good"),
    "refused": Look(_("refused"), "stop", "bad"),
    "failed": Look(_("failed"), "warning", "bad"),
    "discarded": Look(_("discarded"), "cross"),
    # waivers
    "questioned": Look(_("sent back with a question"), "question", "warn"),
    "granted": Look(_("granted"), "check", "good"),
    "revoked": Look(_("revoked"), "cross", "bad"),
    "taken_back": Look(_("taken back"), "dash"),
    "lapsed": Look(_("not decided in time"), "dash"),
    "extended": Look(_("extended"), "square"),
    "expired": Look(_("over"), "square"),
    "overdue": Look(_("overdue"), "warning", "bad"),
}


def look(state: str) -> Look:
    """How a state looks; one that has no look of its own is its word beside a ring."""
    return LOOKS.get(state) or Look(state.replace("_", " "), "ring")
