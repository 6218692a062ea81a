"""A new roster comes into force: people and teams, and with them the migrations and checklists of every published ban."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport, User
from migration_planner.people.models.rosters import ATTEMPTS
from migration_planner.people.roster import comparing
from migration_planner.people.roster.comparing import Comparison, compare
from migration_planner.people.roster.reasons import require_applicable
from migration_planner.people.roster.staging import forget_applied_rows
from migration_planner.people.roster.telling import Tell, silence, telling
from migration_planner.people.roster.writing import write
from migration_planner.planning import audience, locks, roster_effects
from migration_planner.planning.models import Ban, Event


class AudienceEmptied(DomainError):
    """A ban in force would be left without anybody, as when the file renames all of its teams. Somebody has to confirm it."""


@transaction.atomic
def apply_roster(import_: RosterImport, *, by: User | None, now: datetime, tell: Tell = silence) -> Comparison:
    """Bring a staged roster into force, in one transaction with one line of history. Returns what it has changed.

    Joiners in the audience of a published ban get a checklist, movers' checklists move with their home team, leavers' stop.
    A roster that changes nothing leaves no line of history. Raises DomainError, and changes nothing, when rows are bad and
    not to be left out, too many people would leave or a ban would be left without anybody and nobody has confirmed it, or
    another roster came in between.
    """
    locks.hold_roster_alone()
    import_.require_fresh()
    tell("checking", 5)
    comparison = compare(import_, by=by)
    require_applicable(import_, comparison, by=by)
    foreseen = roster_effects.effects() if comparison.changes_anything else []
    # Marks wait from here on and not before: reading and comparing takes the longer half of the time.
    bans = _hold_live_bans() if comparison.changes_anything else []
    write(import_, now=now, tell=tell)
    followed = {}
    for number, ban in enumerate(bans):
        tell("checklists", 75 + 20 * number // len(bans))
        followed[ban.pk] = audience.follow(ban, now=now)
        if followed[ban.pk]["stopped"] and not import_.confirm_emptied:
            _require_somebody(ban)
        if any(followed[ban.pk].values()):  # whoever reads the ban's figures finds there why they changed
            Event.record(Event.Verb.ROSTER_APPLIED, by=by, now=now, ban=ban, data=followed[ban.pk])
    if comparison.changes_anything:
        data = {"import": import_.pk, "file": import_.file_name, **comparison.counts, "bans": followed}
        Event.record(Event.Verb.ROSTER_APPLIED, by=by, now=now, data=data)
    forget_applied_rows(import_)
    import_.end(_kept(comparison, foreseen), by=by, now=now)
    return comparison


@transaction.atomic
def preview(import_: RosterImport, *, by: User | None = None) -> Comparison:
    """Compare the file with the roster in force, and keep with the import what would change, the bans in force included.

    `by` is who would apply it, if not the one who uploaded it.
    """
    comparison = comparing.preview(import_, by=by)
    import_.comparison = _kept(comparison, roster_effects.effects())
    import_.save(update_fields=["comparison"])
    return comparison


@transaction.atomic
def discard(import_: RosterImport, *, by: User, now: datetime) -> None:
    """Put a file aside that nobody applies. Raises DomainError when it is at work, in force, or discarded already."""
    import_.discard(now=now)
    _record(Event.Verb.ROSTER_DISCARDED, import_, by=by, now=now)


@transaction.atomic
def look_again(import_: RosterImport, *, by: User, now: datetime) -> None:
    """Compare the file with the roster in force as it is now; one that was discarded is taken up again by that."""
    if import_.is_discarded:
        _record(Event.Verb.ROSTER_TAKEN_UP, import_, by=by, now=now)
    if import_.is_discarded or comparing.compare_later(import_):
        import_.reopen(by=by)
    if not comparing.compare_later(import_):
        preview(import_, by=by)


def _record(verb: Event.Verb, import_: RosterImport, *, by: User, now: datetime) -> None:
    Event.record(verb, by=by, now=now, data={"import": import_.pk, "file": import_.file_name})


def _kept(comparison: Comparison, effects: list[roster_effects.Effect]) -> dict[str, Any]:
    """What is kept of a comparison: what changes of people and teams, and of each ban."""
    bans = [effect.as_json() for effect in effects]
    return {**comparison.as_json(), "bans": bans, "empties_a_ban": any(effect.empties for effect in effects)}


def compare_next(*, now: datetime) -> RosterImport | None:
    """Make the preview of one roster that waits for it; None when there is none."""
    import_ = RosterImport.claim_comparison()
    if import_ is None:
        return None
    with _speaking_to(import_.uploaded_by):
        if import_.attempts > ATTEMPTS:
            _give_up(import_, now=now)
            return import_
        try:
            preview(import_, by=import_.requested_by)
        except DomainError as error:
            import_.refuse(str(error), now=now)
    return import_


def apply_next(*, now: datetime) -> RosterImport | None:
    """Apply one roster that waits for it; None when there is none. What refuses it is told to whoever asked for it.

    A worker that dies on the way leaves nothing behind but the claim, and that ends by itself (see RosterImport.claim).
    """
    import_ = RosterImport.claim()
    if import_ is None:
        return None
    by = import_.requested_by
    with _speaking_to(by):
        if import_.attempts > ATTEMPTS:
            _give_up(import_, now=now)
            return import_
        try:
            with telling(import_) as tell:
                apply_roster(import_, by=by, now=now, tell=tell)
        except DomainError as error:
            if isinstance(error, AudienceEmptied):
                import_.comparison["empties_a_ban"] = True  # so that the page asks
                import_.save(update_fields=["comparison"])
            import_.refuse(str(error), now=now)
    return import_


def _require_somebody(ban: Ban) -> None:
    if not ban.checklists.counted().exists():
        raise AudienceEmptied(
            _t(
                "Nobody would be left in the audience of the ban “%(ban)s”: its checklists and its mail would stop. If its teams "
                "are only called otherwise, give them their old names; if not, confirm it, and change the audience afterwards."
            )
            % {"ban": ban}
        )


def _speaking_to(person: User | None) -> AbstractContextManager[None]:
    """Sentences that are kept are written in the language of whoever will read them."""
    return translation.override(person.language if person else None)


def _give_up(import_: RosterImport, *, now: datetime) -> None:
    why = _t("The import was started %(times)d times and never came to its end. The log of the worker says why.")
    import_.refuse(why % {"times": ATTEMPTS}, now=now, state=RosterImport.State.FAILED)


def _hold_live_bans() -> list[Ban]:
    live = list(Ban.objects.live().values_list("pk", flat=True))
    locks.hold_bans_alone(live)
    return list(Ban.objects.live().filter(pk__in=live).order_by("pk"))
