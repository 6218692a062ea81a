"""Is a reminder still owed? Asked before a mail is composed, and again under lock in the moment before it goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from migration_planner.planning.models import Ban, Checklist, Event
from migration_planner.reminders.models import Reason, Reminder, Rung
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.statements import COMMENTED, OF_OTHERS, OF_TEAM_STEP, RETURNED, SNOOZED, rows
from migration_planner.reminders.thanks import STILL_DONE
from migration_planner.reminders.waivers import TRUE_IN, word_of

Kind, State = Reminder.Kind, Reminder.State
#: They tell the reader of other people.
OF_OTHERS_KINDS = {Kind.BUNDLE, Kind.THEIRS, Kind.ESCALATION, Kind.THANKS}


@dataclass(frozen=True)
class Obligation:
    """A waiting reminder of a mail, with all it depends on, and all a mail needs to know of it."""

    id: int
    mail_id: int
    person_id: int
    ban_id: int
    kind: str
    rung: str
    due_at: datetime
    ban_state: str
    #: The deadline it was reckoned from, else the ban's cutoff.
    cutoff_at: datetime
    name: str
    email: str
    language: str
    zone: str
    site: str
    is_active: bool
    is_refused: bool
    #: What the person chose: no weekly figures; no reminders of this ban for some days.
    has_paused: bool
    has_snoozed: bool
    #: The state of the person's own checklist (of a word about a waiver: of the waiver's), and until when it is waived.
    checklist: str | None
    waived_until: datetime | None
    #: The waiver it is about, and the state that is in.
    waiver_id: int | None
    waiver: str | None
    #: What happened to the ban, why, and by whom, when that is what the reminder tells.
    verb: str | None
    why: str | None
    actor: str | None
    #: Who wanted it, and the lead in whose place.
    asked_by: str | None
    asked_for: str | None
    #: The gap that is fixed, when that is what the reminder tells.
    gap: str | None
    #: Whether that opened a step of the reader's team which is still to do.
    of_team_step: bool
    #: What there is to ask, and of which day, while that is so.
    question: str | None
    question_day: date | None
    #: Whether what it tells stands still: a mark of theirs was returned and not made anew; a comment is unanswered and not
    #: withdrawn; the team is done. Of any other kind None.
    still_stands: bool | None
    #: Whether the change that waits for another owner does so still, and the reader is one; of anything else None.
    waits_for_them: bool | None


class Ending(NamedTuple):
    """How a reminder ends that is not to be sent."""

    state: Reminder.State
    reason: Reason


LOOK = f"""
    SELECT reminder.id, reminder.mail_id, person.id, ban.id, reminder.kind, reminder.rung, reminder.due_at,
           ban.state,
           CASE WHEN reminder.kind IN ('rung', 'theirs', 'escalation') THEN coalesce(reminder.reckoned_from, ban.cutoff_at)
                ELSE ban.cutoff_at END,
           person.name, person.email, person.language, person.zone, person.site, person.is_active,
           person.address_refused_at IS NOT NULL, person.bundles_paused_at IS NOT NULL,
           {SNOOZED}, checklist.state, checklist.waived_until, waiver.id, waiver.state,
           event.verb, event.why, actor.name, asker.name, lead.name, gap.title,
           {OF_TEAM_STEP}, question.kind, question.day,
           CASE reminder.kind WHEN 'return' THEN {RETURNED} WHEN 'comment' THEN {COMMENTED}
                              WHEN 'thanks' THEN {STILL_DONE} END,
           CASE WHEN event.verb = 'proposed' THEN EXISTS (
               SELECT FROM planning_proposal AS proposal JOIN planning_ban_owners AS owner ON owner.ban_id = proposal.ban_id
               WHERE proposal.id = (event.data ->> 'proposal')::bigint AND proposal.state = 'open'
                 AND owner.user_id = person.id) END
    FROM reminders_reminder AS reminder
    JOIN people_user AS person ON person.id = reminder.person_id
    JOIN planning_ban AS ban ON ban.id = reminder.ban_id
    LEFT JOIN planning_waiver AS waiver ON waiver.id = reminder.waiver_id
    LEFT JOIN planning_checklist AS checklist
      ON checklist.ban_id = ban.id AND checklist.person_id = coalesce(waiver.person_id, person.id)
     AND reminder.kind NOT IN {OF_OTHERS}
    LEFT JOIN planning_contradiction AS question
      ON question.checklist_id = checklist.id AND question.closed_at IS NULL AND reminder.kind = 'question'
    LEFT JOIN planning_event AS event ON event.id = reminder.event_id
    LEFT JOIN planning_gap AS gap ON gap.id = event.gap_id
    LEFT JOIN people_user AS actor ON actor.id = event.actor_id
    LEFT JOIN people_user AS asker ON asker.id = reminder.asked_by_id
    LEFT JOIN people_user AS lead ON lead.id = reminder.asked_for_id
    WHERE reminder.mail_id {{among}} AND reminder.state = 'waiting' ORDER BY reminder.id
"""  # noqa: S608 - constants of this module
LOOK_AT_MANY = LOOK.format(among="= ANY(%(mails)s::bigint[])")
#: The same, kept as they are until the transaction ends.
LOCKED = f"{LOOK_AT_MANY} FOR NO KEY UPDATE OF reminder"


def look(mails: Iterable[int]) -> list[Obligation]:
    """The waiting reminders of these mails as they stand now."""
    return [Obligation(*row) for row in rows(LOOK_AT_MANY, mails=list(mails))]


def ending(owed: Obligation, *, now: datetime) -> Ending | None:
    """Why this reminder must not go, or None when it is owed."""
    if not owed.is_active:
        return cancelled(Reason.STOPPED)
    if not owed.email or owed.is_refused:
        return suppressed(Reason.UNREACHABLE)
    return _of_ban(owed) or _of_checklist(owed) or _of_waiver(owed, now) or _of_wish(owed) or _of_time(owed, now)


def cancelled(reason: Reason) -> Ending:
    return Ending(State.CANCELLED, reason)


def suppressed(reason: Reason) -> Ending:
    return Ending(State.SUPPRESSED, reason)


def _of_ban(owed: Obligation) -> Ending | None:
    if owed.kind == Kind.WITHDRAWAL:
        return None if owed.ban_state == Ban.State.WITHDRAWN else cancelled(Reason.REOPENED)
    return None if owed.ban_state == Ban.State.PUBLISHED else cancelled(Reason.ENDED)


def _of_checklist(owed: Obligation) -> Ending | None:
    if owed.kind in OF_OTHERS_KINDS or owed.verb == Event.Verb.REGRESSED:
        return cancelled(Reason.NOT_MEANT) if owed.still_stands is False else None
    if owed.verb == Event.Verb.PROPOSED:
        return None if owed.waits_for_them else cancelled(Reason.ANSWERED)
    if owed.checklist in (None, Checklist.State.STOPPED):
        return cancelled(Reason.STOPPED)
    if owed.kind == Kind.QUESTION:
        return None if owed.question else cancelled(Reason.ANSWERED)
    if owed.still_stands is False:
        return cancelled(Reason.ANSWERED)
    if owed.checklist == Checklist.State.DONE and not _told_when_done(owed):
        return cancelled(Reason.DONE)
    if owed.kind == Kind.WAIVER:
        return None if owed.waiver == TRUE_IN.get(word_of(owed.rung)) else cancelled(Reason.WAIVER_CHANGED)
    return None if _is_meant(owed) else cancelled(Reason.NOT_MEANT)


def _is_meant(owed: Obligation) -> bool:
    """Whether the checklist is in the state that the rung is for."""
    audience = role_of(owed.rung).partition("/")[0]
    known = (Rung.Audience.UNFINISHED, owed.checklist)
    return owed.kind != Kind.RUNG or owed.checklist == Checklist.State.WAIVED or audience in known


def _told_when_done(owed: Obligation) -> bool:
    """The end of a ban, and that it is back, are said to everybody who knew of it; an open team step to who has to do it."""
    return (
        owed.of_team_step
        or owed.kind == Kind.WITHDRAWAL
        or (owed.kind == Kind.CHANGE and owed.verb == Event.Verb.REOPENED)
    )


def _of_waiver(owed: Obligation, now: datetime) -> Ending | None:
    """Nobody is reminded of what they are waived from; when the waiver is over they are, even before the clock has seen it."""
    stands = owed.checklist == Checklist.State.WAIVED and owed.waived_until is not None and owed.waived_until > now
    return suppressed(Reason.WAIVED) if stands and owed.kind in (Kind.RUNG, Kind.NUDGE) else None


def _of_wish(owed: Obligation) -> Ending | None:
    """What the reader chose not to get. Announcements, changes and withdrawals are no choice."""
    if owed.kind == Kind.BUNDLE and owed.has_paused:
        return suppressed(Reason.BUNDLES_PAUSED)
    return suppressed(Reason.SNOOZED) if owed.kind == Kind.RUNG and owed.has_snoozed else None


def _of_time(owed: Obligation, now: datetime) -> Ending | None:
    """A rung before the cutoff is not sent after it."""
    too_late = owed.kind in (Kind.RUNG, Kind.THEIRS) and owed.due_at < owed.cutoff_at <= now
    return suppressed(Reason.TOO_LATE) if too_late else None
