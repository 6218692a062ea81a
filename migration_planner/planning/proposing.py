"""Changes that one owner proposes and another applies. Applying is the change itself, by the same functions, or nothing.

A proposal keeps how things stood when it was made. Where they stand otherwise now, it is refused with what has changed.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import changing, deciding, proposed, seconding, waves
from migration_planner.planning.models import Ban, Event, Proposal, Waiver, Wave
from migration_planner.planning.models.waivers import WaiverQuerySet
from migration_planner.planning.proposed import Made, Rest
from migration_planner.planning.waves import Plan

Change = dict[str, Any]
#: So many wait at once: whoever decides about them reads all of them on the page of the ban.
MOST_OPEN = 20


@dataclass(frozen=True)
class Wish:
    """What is to change: the cutoff, the date of a wave, which waivers that wait for the owners are granted, and the rest."""

    cutoff: tuple[date, time, str] | None = None
    wave: tuple[Wave, date, time] | None = None
    waivers: Sequence[Waiver] = ()
    #: The name and the criteria that the wave is to have with its new date.
    words: tuple[str, str] | None = None
    rest: Rest = field(default_factory=Rest)

    def __bool__(self) -> bool:
        return bool(self.cutoff or self.wave or self.waivers or self.rest)


def wished(
    ban: Ban,
    *,
    day: date | None = None,
    at: time | None = None,
    wave: Wave | None = None,
    wave_day: date | None = None,
    waivers: bool = False,
) -> Wish:
    """Of what somebody says, only what is really otherwise than it stands. `waivers`: grant all that wait for the owners."""
    day, at = day or ban.cutoff_date, at or ban.cutoff_time
    moved = bool(day and at and (day, at) != (ban.cutoff_date, ban.cutoff_time))
    goes = bool(wave and wave_day and wave_day != wave.cutoff_date)
    return Wish(
        cutoff=(day, at, ban.cutoff_zone) if moved and day and at else None,
        wave=(wave, wave_day, wave.cutoff_time) if wave and wave_day and goes else None,
        waivers=list(pending(ban).select_related("person")) if waivers else [],
    )


def pending(ban: Ban) -> WaiverQuerySet:
    """Requests that wait for the owners of the ban, the last who decide."""
    return Waiver.objects.filter(ban=ban, state=Waiver.State.REQUESTED, level=Waiver.Level.OWNER).order_by("pk")


@transaction.atomic
def propose(ban: Ban, wish: Wish, *, by: User, now: datetime, why: str) -> Proposal:
    """Keep a change for another owner. Raises DomainError when it changes nothing, says no reason, or could not be made."""
    changing.hold(ban, why)
    _require_possible(ban, wish, now)
    change = _written(ban, wish)
    if not change:
        raise DomainError(_t("This changes nothing. Choose another date, or waivers to grant."))
    if len(wish.waivers) > deciding.MOST_AT_ONCE:
        raise DomainError(_t("Decide about %(most)d waivers at a time at most.") % {"most": deciding.MOST_AT_ONCE})
    if ban.proposals.waiting().count() >= MOST_OPEN:
        raise DomainError(
            _t("%(most)d proposals wait already. Apply or decline one of them first.") % {"most": MOST_OPEN}
        )
    change["second"] = takes_two(ban, wish.cutoff, now=now)
    made = Proposal.objects.create(ban=ban, change=change, why=why.strip(), proposed_by=by, proposed_at=now)
    data = {"proposal": made.pk, "parts": _parts(change), "second": change["second"]}
    Event.record(Event.Verb.PROPOSED, by=by, now=now, why=made.why, ban=ban, data=data)
    return made


@transaction.atomic
def apply(proposal: Proposal, *, by: User, now: datetime) -> Proposal:
    """Make the change, all of it or nothing. Raises DomainError when it fits no more, and says why."""
    ban = Ban.objects.get(pk=proposal.ban_id)
    changing.hold(ban, proposal.why)
    row = _take(proposal)
    if row.proposed_by_id == by.pk:
        raise DomainError(_t("Somebody else of the owners applies it: four eyes see more than two."))
    seconding.require_second(ban, by=by, first=row.proposed_by, now=now, always=row.change.get("second", False))
    _make(ban, row, by, now)
    return _decided(row, Proposal.State.APPLIED, Event.Verb.PROPOSAL_APPLIED, by=by, now=now)


@transaction.atomic
def decline(proposal: Proposal, *, by: User, now: datetime, why: str) -> Proposal:
    """Let it be; whoever proposed it may think better of it, too. Raises DomainError without a reason."""
    row = _take(proposal)
    if not Ban.objects.run_by(by).filter(pk=row.ban_id).exists():
        raise DomainError(_t("Only owners of the ban can decline a proposal."))
    if not why.strip():
        raise DomainError(_t("Say why it is declined."))
    changing.require_short(why)
    return _decided(row, Proposal.State.DECLINED, Event.Verb.PROPOSAL_DECLINED, by=by, now=now, why=why.strip())


def wish_of(proposal: Proposal) -> Wish:
    """What a proposal asks for, as far as it is still there."""
    change, ban = proposal.change, proposal.ban
    moved, wave = change.get("cutoff"), change.get("wave")
    row = ban.waves.filter(pk=wave["id"]).first() if wave else None
    return Wish(
        cutoff=(date.fromisoformat(moved["day"]), time.fromisoformat(moved["at"]), moved["zone"]) if moved else None,
        wave=(row, date.fromisoformat(wave["day"]), time.fromisoformat(wave["at"])) if wave and row else None,
        waivers=list(Waiver.objects.filter(ban=ban, pk__in=change.get("waivers", [])).order_by("pk")),
        words=(wave["words"][0], wave["words"][1]) if wave and "words" in wave else None,
        rest=proposed.read(ban, change),
    )


def takes_two(ban: Ban, cutoff: tuple[date, time, str] | None = None, *, now: datetime) -> bool:
    """Whether this ban, or the same with that cutoff, is in the days in which one owner changes nothing alone."""
    moved = copy(ban)
    if cutoff:
        moved.set_cutoff(*cutoff)
    return seconding.is_needed(ban, now=now) or seconding.is_needed(moved, now=now)


def _require_possible(ban: Ban, wish: Wish, now: datetime) -> None:
    """Refuse dates that cannot be already when they are proposed."""
    if wish.cutoff and zones.instant(*wish.cutoff) <= now:
        raise DomainError(_t("The new cutoff has passed already. Choose a later one, or close the ban."))
    if wish.wave and not wish.cutoff:
        wave, day, at = wish.wave
        waves.of_date(wave, day, at, now=now)


def _written(ban: Ban, wish: Wish) -> Change:
    change: Change = {}
    if wish.cutoff and wish.cutoff != (ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone):
        day, at, zone = wish.cutoff
        before = ban.cutoff_at.isoformat() if ban.cutoff_at else None
        change["cutoff"] = {"day": day.isoformat(), "at": at.isoformat(), "zone": zone, "before": before}
    if wish.wave:
        wave, day, at = wish.wave
        if (day, at) != (wave.cutoff_date, wave.cutoff_time):
            change["wave"] = {
                "id": wave.pk, "name": wave.name, "day": day.isoformat(), "at": at.isoformat(),
                "before": wave.cutoff_at.isoformat(),
            }  # fmt: skip
            if wish.words and wish.words != (wave.name, wave.criteria):
                change["wave"]["words"] = list(wish.words)
    if wish.waivers:
        change["waivers"] = [waiver.pk for waiver in wish.waivers]
    return change | proposed.written(ban, wish.rest)


def _parts(change: Change) -> list[str]:
    return sorted(set(change) - {"second"})


def _make(ban: Ban, row: Proposal, by: User, now: datetime) -> None:
    """A wave that goes to a day before the present cutoff goes first, so that an earlier cutoff finds it in its place."""
    change, why = row.change, row.why
    made = Made(row.proposed_by, by, now, why)
    _require_fit(ban, change)
    moved, wave = change.get("cutoff"), change.get("wave")
    wave_first = bool(wave and ban.cutoff_date and wave["day"] < ban.cutoff_date.isoformat())
    if wave_first:
        _move_wave(ban, wave, made)
    if moved:
        day, at = _day_and_time(moved)
        changing.move_cutoff(ban, day, at, moved["zone"], **made.words)
    if wave and not wave_first:
        _move_wave(ban, wave, made)
    proposed.make(ban, change, made)
    for waiver in change.get("waivers", []):
        _grant(Waiver.objects.get(pk=waiver), why, by, now)


def _require_fit(ban: Ban, change: Change) -> None:
    """Refuse what was meant for dates that are no more. What else does not fit, the change itself says."""
    moved, wanted = change.get("cutoff"), change.get("wave")
    if moved and (ban.cutoff_at is None or ban.cutoff_at != datetime.fromisoformat(moved["before"])):
        raise DomainError(
            _t("The cutoff was moved after this was proposed, so it does not fit any more. Propose anew.")
        )
    wave = ban.waves.filter(pk=wanted["id"]).first() if wanted else None
    if wanted and wave is None:
        raise DomainError(_t("%(wave)s is no wave of this ban any more. Propose anew.") % {"wave": wanted["name"]})
    if wanted and wave and wave.cutoff_at != datetime.fromisoformat(wanted["before"]):
        words = _t("%(wave)s was moved after this was proposed, so it does not fit any more. Propose anew.")
        raise DomainError(words % {"wave": wave.name})


def _move_wave(ban: Ban, wanted: Change, made: Made) -> None:
    wave = ban.waves.get(pk=wanted["id"])
    day, at = _day_and_time(wanted)
    name, criteria = wanted.get("words") or (wave.name, wave.criteria)
    waves.change(wave, Plan(name, day, at, criteria), **made.words)


def _day_and_time(wanted: Change) -> tuple[date, time]:
    return date.fromisoformat(wanted["day"]), time.fromisoformat(wanted["at"])


def _grant(waiver: Waiver, why: str, by: User, now: datetime) -> None:
    try:
        deciding.approve(waiver, by=by, now=now, words=why)
    except DomainError as error:
        words = _t("The waiver of %(person)s cannot be granted any more: %(why)s Propose anew.")
        raise DomainError(words % {"person": waiver.person.name, "why": error}) from None


def _take(proposal: Proposal) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if not row.is_open:
        raise DomainError(_t("This proposal is decided already: %(state)s.") % {"state": row.get_state_display()})
    return row


def _decided(
    row: Proposal, state: Proposal.State, verb: Event.Verb, *, by: User, now: datetime, why: str = ""
) -> Proposal:
    row.state, row.decided_by, row.decided_at, row.decided_why = state, by, now, why
    row.save(update_fields=["state", "decided_by", "decided_at", "decided_why"])
    data = {"proposal": row.pk, "parts": _parts(row.change)}
    Event.record(verb, by=by, now=now, why=why or row.why, ban_id=row.ban_id, person=row.proposed_by, data=data)
    return row
