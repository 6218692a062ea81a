"""Asking for a waiver: for oneself, or on behalf of somebody one leads; and what the rules of a ban allow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import behalf, locks, waived
from migration_planner.planning.models import Ban, Checklist, Event, Step, Waiver, WaiverDecision
from migration_planner.planning.models.bans import MOST_EXTENSIONS, MOST_WAIVER_DAYS
from migration_planner.planning.models.waivers import WORDS_LENGTH, chain, last_moment
from migration_planner.planning.permissions import can_ask_for_waiver

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wish:
    """What is asked for. Without `steps` it is for everything."""

    reason: str
    words: str
    control: str
    until: date
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What a ban allows: how many levels decide, how many days beyond the deadline, how many extensions."""

    levels: int
    days: int
    extensions: int

    @classmethod
    def of(cls, ban: Ban) -> "Rules":
        return cls(ban.waiver_levels, ban.waiver_days, ban.waiver_extensions)


def end_of(until: date, person: User) -> datetime:
    """The instant at which that last day is over where the person is."""
    return zones.instant(until + DAY, time(), person.zone)


def latest(checklist: Checklist, *, now: datetime) -> date:
    """The last day that the rules of the ban allow, on the person's calendar."""
    return zones.local_day(_latest_at(checklist, now), checklist.person.zone) - DAY


def _latest_at(checklist: Checklist, now: datetime) -> datetime:
    deadline = checklist.deadline
    assert deadline is not None  # noqa: S101 - a ban in force has one
    # To the end of that day, wherever the person is: nobody loses hours to their zone.
    moment = last_moment(now, deadline, checklist.ban.waiver_days)
    return end_of(zones.local_day(moment, checklist.person.zone), checklist.person)


@transaction.atomic
def request(checklist: Checklist, wish: Wish, *, by: User, now: datetime) -> Waiver:
    """Ask for a waiver, or for the extension of the one in force; each is a review of its own.

    Raises DomainError when the ban or the checklist asks nothing any more, another request waits, the rules of the ban
    do not allow it, or words are missing.
    """
    locks.hold_ban(checklist.ban_id)
    rows = Checklist.objects.select_for_update(of=("self",)).select_related("ban", "person", "migration")
    row = rows.get(pk=checklist.pk)
    _require_open(row, User.objects.get(pk=by.pk))
    before = row.waivers.once_granted().count()
    _require_allowed(row, before)
    steps = _steps(row, wish.steps)
    until_at = _until_at(row, wish, now)
    waiver = Waiver.objects.create(
        ban=row.ban,
        checklist=row,
        person=row.person,
        requested_by=by,
        requested_at=now,
        reason=_reason(wish.reason),
        words=_text(wish.words, _t("Say in a few words why it is needed.")),
        control=_text(wish.control, _t("Say what keeps the risk small meanwhile.")),
        for_all=not steps,
        level=chain(row.ban.waiver_levels)[0],
        levels=row.ban.waiver_levels,
        asked_until=wish.until,
        until=wish.until,
        until_at=until_at,
        latest_at=_latest_at(row, now),
        extension=before,
        extends=row.waivers.granted().first(),
    )
    waiver.steps.set(steps)
    data = {"waiver": waiver.pk, "until": wish.until.isoformat(), "extension": before}
    told = Event.record(Event.Verb.WAIVER_REQUESTED, by=by, now=now, why=waiver.words, data=data, **waiver.in_history())
    if lead := behalf.lead_of(told.data):
        Waiver.objects.filter(pk=waiver.pk).update(requested_for=lead)
    waived.pass_on(now=now, one=waiver)
    waiver.refresh_from_db()
    return waiver


@transaction.atomic
def take_back(waiver: Waiver, *, by: User, now: datetime) -> Waiver:
    """Whoever asked, or whom it is about, needs it no more. Raises DomainError when it is decided already."""
    row = hold(waiver)
    if by.pk not in (row.person_id, row.requested_by_id):
        raise DomainError(_t("Only the person and whoever asked can take a request back."))
    if not row.is_pending:
        raise DomainError(decided_already(row))
    Waiver.objects.filter(pk=row.pk).update(state=Waiver.State.TAKEN_BACK, ended_at=now)
    say(row, WaiverDecision.Verdict.TAKEN_BACK, Event.Verb.WAIVER_TAKEN_BACK, by=by, now=now)
    row.refresh_from_db()
    return row


@transaction.atomic
def set_rules(ban: Ban, rules: Rules, *, by: User, now: datetime) -> bool:
    """Decide about waivers to come; what was asked for keeps the rules it was asked under. False when they are so already."""
    if not (
        1 <= rules.levels <= 3 and 1 <= rules.days <= MOST_WAIVER_DAYS and 0 <= rules.extensions <= MOST_EXTENSIONS
    ):
        words = _t("Choose 1 to 3 levels, 1 to %(days)d days and at most %(extensions)d extensions.")
        raise DomainError(words % {"days": MOST_WAIVER_DAYS, "extensions": MOST_EXTENSIONS})
    row = Ban.objects.select_for_update().get(pk=ban.pk)
    if row.state not in (Ban.State.DRAFT, Ban.State.PUBLISHED):
        raise DomainError(_t("This ban has ended; nobody needs a waiver any more."))
    before = Rules.of(row)
    if before == rules:
        return False
    ban.waiver_levels, ban.waiver_days, ban.waiver_extensions = rules.levels, rules.days, rules.extensions
    ban.save(update_fields=["waiver_levels", "waiver_days", "waiver_extensions"])
    data = {"before": vars(before), "after": vars(rules)}
    Event.record(Event.Verb.WAIVER_RULES_CHANGED, by=by, now=now, ban=ban, data=data)
    return True


def hold(waiver: Waiver) -> Waiver:
    """The waiver with its ban, person and checklist, locked: first the ban beside others, then the checklist, then the waiver."""
    locks.hold_ban(waiver.ban_id)
    Checklist.objects.select_for_update().filter(pk=waiver.checklist_id).first()
    rows = Waiver.objects.select_for_update(of=("self",)).select_related("ban", "person", "checklist__migration")
    row = rows.get(pk=waiver.pk)
    if not row.ban.is_live:
        raise DomainError(_t("This ban has ended; nobody needs a waiver any more."))
    return row


def say(
    waiver: Waiver,
    verdict: WaiverDecision.Verdict,
    verb: Event.Verb,
    *,
    by: User,
    now: datetime,
    words: str = "",
    until: date | None = None,
) -> None:
    """Write down what was said about a waiver: for the waiver itself, and as a line of history."""
    data = {"waiver": waiver.pk, "level": waiver.level, "until": waiver.until.isoformat()}
    event = Event.record(verb, by=by, now=now, why=words, data=data, **waiver.in_history())
    WaiverDecision.objects.create(
        waiver=waiver,
        person_id=waiver.person_id,
        asker_id=waiver.requested_by_id,
        level=waiver.level,
        verdict=verdict,
        by=by,
        acted_for_id=behalf.lead_of(event.data),
        at=now,
        words=words,
        until=until,
    )


def decided_already(waiver: Waiver) -> str:
    return _t("This waiver is decided already: %(state)s. Reload the page.") % {"state": waiver.get_state_display()}


def _require_open(row: Checklist, by: User) -> None:
    row.require_open()
    if not can_ask_for_waiver(by, row):
        raise DomainError(_t("A waiver is asked for by the person, or by a lead of their team."))
    if row.state == Checklist.State.DONE:
        raise DomainError(_t("Everything is finished; no waiver is needed."))
    if row.waivers.pending().exists():
        raise DomainError(_t("A waiver has been asked for already and waits for a decision."))


def _require_allowed(row: Checklist, before: int) -> None:
    if before > row.ban.waiver_extensions:
        words = _t(
            "Waivers of this ban can be extended %(n)d times, and this one was. Finish the steps, or talk to the owners."
        )
        raise DomainError(words % {"n": row.ban.waiver_extensions})


def _steps(row: Checklist, wanted: Iterable[int]) -> list[Step]:
    asked = set(wanted)
    found = list(row.steps().filter(pk__in=asked))
    if len(found) != len(asked):
        raise DomainError(_t("One of these steps is not asked for any more. Reload the page."))
    return found


def _until_at(row: Checklist, wish: Wish, now: datetime) -> datetime:
    last = latest(row, now=now)
    require_ahead(wish.until, row.person, now)
    if wish.until > last:
        words = _t("Waivers of this ban last %(days)d days beyond the deadline at most. Choose a day up to %(last)s.")
        raise DomainError(words % {"days": row.ban.waiver_days, "last": last.isoformat()})
    until_at = end_of(wish.until, row.person)
    standing = row.waivers.granted().first()
    if standing and until_at <= standing.until_at:
        raise DomainError(_t("The waiver in force lasts as long already. Choose a later day."))
    return until_at


def require_ahead(until: date, person: User, now: datetime) -> None:
    if until < zones.local_day(now, person.zone):
        raise DomainError(_t("That day is over already. Choose a later one."))


def _reason(reason: str) -> str:
    if reason not in Waiver.Reason.values:
        raise DomainError(_t("Choose a reason from the list."))
    return reason


def _text(text: str, missing: str) -> str:
    clean = text.strip()
    if not clean:
        raise DomainError(missing)
    if len(clean) > WORDS_LENGTH:
        raise DomainError(_t("Keep it within %(limit)d characters; link to anything longer.") % {"limit": WORDS_LENGTH})
    return clean
