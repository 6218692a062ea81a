"""Why somebody was, or was not, written to: each reminder as a sentence, to the person themselves or about them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from migration_planner.lib.zones import local_day
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist
from migration_planner.reminders.models import Mail, Reason, Reminder, Rung
from migration_planner.reminders.models.escalations import level_of, words_of
from migration_planner.web import clock

Kind, State = Reminder.Kind, Reminder.State


@dataclass(frozen=True)
class Circumstances:
    """What a sentence needs to know beside the reminder: whom it is about, who reads, and when the checklist was finished."""

    person: User
    is_mine: bool
    done_at: datetime | None = None
    is_paused: bool = False


@dataclass(frozen=True)
class Line:
    reminder: Reminder
    what: str
    sentence: str


@dataclass(frozen=True)
class Chapter:
    """One ban: what comes next about it."""

    ban: Ban
    coming: str


def line(reminder: Reminder, about: Circumstances, *, now: datetime) -> Line:
    return Line(reminder, what(reminder), sentence(reminder, about, now=now))


def what(reminder: Reminder) -> str:
    """The kind of reminder, with its rung in words."""
    if reminder.kind in (Kind.RUNG, Kind.THEIRS):
        rung = Rung.of_key(reminder.rung)
        return _("Reminder: %(rung)s") % {"rung": rung.words() if rung else reminder.rung}
    if level := level_of(reminder.rung):
        return str(capfirst(words_of(level)))
    if reminder.kind in (asked := asked_by_somebody()) and reminder.asked_by:
        return asked[reminder.kind] % {"name": reminder.asked_by_names}
    return str(capfirst(str(Kind(reminder.kind).label)))


def asked_by_somebody() -> dict[str, str]:
    """The kinds that a person asks for, with a place for the name."""
    return {
        Kind.NUDGE: _("Nudge by %(name)s"),
        Kind.QUESTION: _("Question by %(name)s"),
        Kind.RETURN: _("Mark returned by %(name)s"),
        Kind.COMMENT: _("Comment by %(name)s"),
    }


def sentence(reminder: Reminder, about: Circumstances, *, now: datetime) -> str:
    """What became of it, or will."""
    mail = reminder.mail
    if reminder.state == State.SENT and mail:
        return _("Sent on %(at)s.") % {"at": _at(mail.sent_at or reminder.due_at)}
    if reminder.state == State.WAITING:
        return _waiting(reminder, about, now)
    day = clock.write(reminder.day, "day")
    if reminder.state == State.HELD:
        return _("Held since %(day)s: %(because)s.") % {"day": day, "because": because(reminder, about)}
    if reminder.due_at > now:
        return _("Does not go on %(day)s: %(because)s.") % {"day": day, "because": because(reminder, about)}
    return _("Not sent on %(day)s: %(because)s.") % {"day": day, "because": because(reminder, about)}


def _waiting(reminder: Reminder, about: Circumstances, now: datetime) -> str:
    mail = reminder.mail
    if about.is_paused:
        return _("Planned for %(at)s. It waits while the mail is paused.") % {"at": _at(reminder.due_at)}
    if mail and is_put_off(mail, now):
        return _("Put off until %(until)s; the mail server said: %(said)s") % {
            "until": _at(mail.not_before),
            "said": said(mail),
        }
    if reminder.due_at > now:
        return _("Planned for %(at)s.") % {"at": _at(reminder.due_at)}
    return _("It is due since %(at)s, and goes out with the next pass of the clock.") % {"at": _at(reminder.due_at)}


def is_put_off(mail: Mail, now: datetime) -> bool:
    return mail.state == Mail.State.WAITING and mail.tries > 0 and mail.not_before > now


def said(mail: Mail) -> str:
    """The mail server's last answer: its code, if there was one, and its words."""
    words = " ".join(filter(None, [str(mail.last_code or ""), mail.last_text]))
    return words or _("(nothing)")


def because(reminder: Reminder, about: Circumstances) -> str:
    """Why it was not sent: the rest of a sentence."""
    if reminder.reason == Reason.DONE:
        return _done(reminder, about)
    words = _of_person(reminder.reason, about) or _of_server(reminder)
    return words or (str(Reason(reminder.reason).label) if reminder.reason in Reason.values else reminder.reason)


def _of_person(reason: str, about: Circumstances) -> str:
    """Reasons that lie with the person, said to them or about them; empty for others."""
    if about.is_mine:
        mine = {
            Reason.STOPPED: _("the ban did not reach you any more"),
            Reason.ON_LEAVE: _("you were on leave"),
            Reason.WAIVED: _("you had a waiver for what you have still to do"),
        }
        return mine.get(Reason(reason), "") if reason in Reason.values else ""
    theirs = {
        Reason.STOPPED: _("the ban did not reach %(name)s any more"),
        Reason.ON_LEAVE: _("%(name)s was on leave"),
        Reason.WAIVED: _("%(name)s had a waiver for what is still to do"),
    }
    return theirs.get(Reason(reason), "") % {"name": about.person.name} if reason in Reason.values else ""


def _of_server(reminder: Reminder) -> str:
    """Reasons that lie with the way there, with the mail server's own words; empty for others."""
    words = {
        str(Reason.UNREACHABLE): _("no address takes mail"),
        str(Reason.ADDRESS_REFUSED): _("the mail server refuses the address (%(said)s)"),
        str(Reason.MESSAGE_REFUSED): _("the mail server refuses the message (%(said)s)"),
        str(Reason.NO_ANSWER): _(
            "the mail server broke off without an answer, so it may have arrived; somebody has to decide"
        ),
        str(Reason.SUPERSEDED): _("a newer reminder had fallen due, and says it as it stands"),
    }
    return words.get(reminder.reason, "") % {"said": _answer(reminder)}


def _answer(reminder: Reminder) -> str:
    return said(reminder.mail) if reminder.mail else _("(nothing)")


def _done(reminder: Reminder, about: Circumstances) -> str:
    """When the checklist was finished, as seen from the day of the reminder."""
    if about.done_at is None:
        return str(Reason.DONE.label)
    finished = local_day(about.done_at, about.person.zone)
    return _done_on(finished, reminder.day, about)


def _done_on(finished: date, day: date, about: Circumstances) -> str:
    words = {"name": about.person.name, "day": clock.write(finished, "day")}
    if finished == day:
        return _("you had finished that day") if about.is_mine else _("%(name)s had finished that day") % words
    if finished == day - timedelta(days=1):
        mine, theirs = _("you had finished the day before"), _("%(name)s had finished the day before")
    else:
        mine, theirs = _("you had finished on %(day)s"), _("%(name)s had finished on %(day)s")
    return (mine if about.is_mine else theirs) % words


def coming(
    ban: Ban, checklist: Checklist | None, first: Reminder | None, about: Circumstances, later: datetime | None
) -> str:
    """What comes next about a ban, and when. `first` is the first reminder that waits, `later` the first day not planned yet."""
    if about.is_paused:
        return _("The mail is paused. What is due goes out when it goes on.")
    if first:
        return _("Next: %(what)s, %(at)s.") % {"what": what(first), "at": _at(first.due_at)}
    if not ban.is_live:
        return _("Nothing more comes: the ban has ended.")
    if checklist and checklist.state == Checklist.State.DONE:
        return (
            _("Nothing more comes: you have finished.")
            if about.is_mine
            else _("Nothing more comes: %(name)s has finished.") % {"name": about.person.name}
        )
    if checklist and checklist.state == Checklist.State.WAIVED and checklist.waived_until:
        return _("Nothing comes while the waiver stands, up to %(until)s.") % {"until": _at(checklist.waived_until)}
    if not about.person.email or about.person.address_refused_at:
        return _("Nothing can come: there is no address that takes mail.")
    if later:
        return _("Next: a reminder on %(at)s, if nothing changes.") % {"at": _at(later)}
    return _("Nothing is planned.")


def _at(moment: datetime) -> str:
    return clock.write(clock.local(moment), "full")
