"""Deciding about waivers: approve (for shorter, too), ask, refuse, revoke; one by one, or many with one reason.

Whether somebody may decide is asked under the lock, of the database as it is then: who has left, leads no more or owns no
more meanwhile, decides nothing. The database itself refuses whoever decides about their own (see models/waivers.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import waived
from migration_planner.planning.models import Ban, Checklist, Event, Waiver, WaiverDecision
from migration_planner.planning.models.waivers import WORDS_LENGTH
from migration_planner.planning.waiving import decided_already, end_of, hold, require_ahead, say

Verdict = WaiverDecision.Verdict
#: So many are decided about at once.
MOST_AT_ONCE = 200
#: What approvers can say.
VERDICTS = [Verdict.APPROVED, Verdict.QUESTIONED, Verdict.REFUSED]


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: `error` says why it was not decided, and is empty when it was."""

    waiver: Waiver
    error: str = ""


@transaction.atomic
def approve(waiver: Waiver, *, by: User, now: datetime, words: str = "", until: date | None = None) -> Waiver:
    """Approve at the level it waits at, perhaps for shorter. After the last level it is granted, and counts from then on."""
    row = _take(waiver, by, now)
    _shorten(row, until, now)
    granted = row.level == Waiver.Level.OWNER
    verb = Event.Verb.WAIVER_GRANTED if granted else Event.Verb.WAIVER_APPROVED
    say(row, Verdict.APPROVED, verb, by=by, now=now, words=_short(words), until=until)
    if granted:
        _grant(row, by=by, now=now)
    else:
        chain = row.chain()
        Waiver.objects.filter(pk=row.pk).update(level=chain[chain.index(Waiver.Level(row.level)) + 1])
        waived.pass_on(now=now, one=row)
    row.refresh_from_db()
    return row


@transaction.atomic
def ask(waiver: Waiver, *, by: User, now: datetime, words: str) -> Waiver:
    """Send it back with a question; answered, it comes back to the same level."""
    row = _take(waiver, by, now)
    question = _needed(words, _t("Write your question."))
    Waiver.objects.filter(pk=row.pk).update(state=Waiver.State.QUESTIONED)
    say(row, Verdict.QUESTIONED, Event.Verb.WAIVER_QUESTIONED, by=by, now=now, words=question)
    row.refresh_from_db()
    return row


@transaction.atomic
def answer(waiver: Waiver, *, by: User, now: datetime, words: str) -> Waiver:
    """The person, or whoever asked for them, answers the question."""
    row = hold(waiver)
    if by.pk not in (row.person_id, row.requested_by_id):
        raise DomainError(_t("The question is for the person, and for whoever asked on their behalf."))
    if row.state != Waiver.State.QUESTIONED:
        raise DomainError(_t("No question is open any more. Reload the page."))
    said = _needed(words, _t("Write an answer."))
    Waiver.objects.filter(pk=row.pk).update(state=Waiver.State.REQUESTED)
    say(row, Verdict.ANSWERED, Event.Verb.WAIVER_ANSWERED, by=by, now=now, words=said)
    waived.pass_on(now=now, one=row)
    row.refresh_from_db()
    return row


@transaction.atomic
def refuse(waiver: Waiver, *, by: User, now: datetime, words: str) -> Waiver:
    row = _take(waiver, by, now)
    why = _needed(words, _t("Say why it is refused; the person reads it."))
    Waiver.objects.filter(pk=row.pk).update(state=Waiver.State.REFUSED, ended_at=now)
    say(row, Verdict.REFUSED, Event.Verb.WAIVER_REFUSED, by=by, now=now, words=why)
    row.refresh_from_db()
    return row


@transaction.atomic
def revoke(waiver: Waiver, *, by: User, now: datetime, words: str) -> Waiver:
    """An owner ends a waiver in force; the person returns at once to where their marks are."""
    row = hold(waiver)
    if not Ban.objects.run_by(by).filter(pk=row.ban_id).exists() or not _is_here(by):
        raise DomainError(_t("Only owners of the ban can revoke a waiver."))
    if not row.is_in_force:
        raise DomainError(_t("This waiver is not in force (any more). Reload the page."))
    why = _needed(words, _t("Say why it is revoked; the person reads it."))
    Waiver.objects.filter(pk=row.pk).update(state=Waiver.State.REVOKED, ended_at=now)
    say(row, Verdict.REVOKED, Event.Verb.WAIVER_REVOKED, by=by, now=now, words=why)
    _count(row, None, now=now)
    row.refresh_from_db()
    return row


def decide(
    waiver: Waiver, verdict: str, *, by: User, now: datetime, words: str = "", until: date | None = None
) -> Waiver:
    """Say one of `VERDICTS`."""
    if verdict == Verdict.APPROVED:
        return approve(waiver, by=by, now=now, words=words, until=until)
    if verdict == Verdict.QUESTIONED:
        return ask(waiver, by=by, now=now, words=words)
    if verdict == Verdict.REFUSED:
        return refuse(waiver, by=by, now=now, words=words)
    raise DomainError(_t("Choose to approve, to ask, or to refuse."))


def decide_many(waivers: Iterable[Waiver], verdict: str, *, by: User, now: datetime, words: str = "") -> list[Outcome]:
    """The same for many, with one reason. Each stands alone: what cannot be decided says why, the others are decided."""
    chosen = list(waivers)
    if len(chosen) > MOST_AT_ONCE:
        raise DomainError(_t("Decide about %(most)d waivers at a time at most.") % {"most": MOST_AT_ONCE})
    return [_one(waiver, verdict, by=by, now=now, words=words) for waiver in chosen]


def _one(waiver: Waiver, verdict: str, *, by: User, now: datetime, words: str) -> Outcome:
    try:
        decide(waiver, verdict, by=by, now=now, words=words)
    except DomainError as error:
        return Outcome(waiver, str(error))
    return Outcome(waiver)


def _take(waiver: Waiver, by: User, now: datetime) -> Waiver:
    """The waiver, locked, if it waits for this person's word. Raises DomainError that says why not."""
    row = hold(waiver)
    if row.state != Waiver.State.REQUESTED:
        raise DomainError(
            _t("It was sent back with a question and waits for the answer.") if row.is_pending else decided_already(row)
        )
    row.checklist.require_open()
    if row.until_at <= now:
        raise DomainError(_t("The day it was asked for is over. It can be asked for anew."))
    decider = User.objects.get(pk=by.pk)  # as they are now: what the request knew of them may be old
    if decider.is_active and Waiver.objects.to_decide_by(decider).filter(pk=row.pk).exists():
        return row
    raise DomainError(_why_not(row, decider))


def _why_not(row: Waiver, by: User) -> str:
    if by.pk in (row.person_id, row.requested_by_id):
        return _t("Nobody decides about a waiver of their own, or one they have asked for.")
    if row.decisions.filter(by=by, verdict=Verdict.APPROVED).exists():
        return _t("You have approved it already; the next level is for somebody else.")
    return _t("This waiver waits for %(whom)s.") % {"whom": row.get_level_display()}


def _is_here(by: User) -> bool:
    return User.objects.active().filter(pk=by.pk).exists()


def _shorten(row: Waiver, until: date | None, now: datetime) -> None:
    if until is None or until == row.until:
        return
    if until > row.until:
        raise DomainError(_t("A waiver can be approved for shorter than it was asked for, not for longer."))
    require_ahead(until, row.person, now)
    row.until, row.until_at = until, end_of(until, row.person)
    row.save(update_fields=["until", "until_at"])


def _grant(row: Waiver, *, by: User, now: datetime) -> None:
    """In force from now on, in the place of the one it extends."""
    Waiver.objects.granted().filter(checklist=row.checklist_id).update(state=Waiver.State.EXTENDED, ended_at=now)
    Waiver.objects.filter(pk=row.pk).update(state=Waiver.State.GRANTED, granted_at=now, granted_by=by)
    _count(row, row.until_at, now=now)


def _count(row: Waiver, until: datetime | None, *, now: datetime) -> None:
    """Bring the checklist and the figures of its team up to date. The checklist is locked already."""
    checklist = Checklist.objects.select_related("ban").get(pk=row.checklist_id)
    if checklist.state == Checklist.State.STOPPED:
        Checklist.objects.filter(pk=checklist.pk).update(waived_until=until)
        return
    before = Checklist.State(checklist.state)
    checklist.waived_until = until
    checklist.state = checklist.state_as_derived()
    checklist.save(update_fields=["waived_until", "state"])
    checklist.migration_moves(before, was_verified=checklist.is_verified)


def _needed(words: str, missing: str) -> str:
    if not words.strip():
        raise DomainError(missing)
    return _short(words)


def _short(words: str) -> str:
    if len(words) > WORDS_LENGTH:
        raise DomainError(_t("Keep it within %(limit)d characters; link to anything longer.") % {"limit": WORDS_LENGTH})
    return words.strip()
