"""Is mail well? A few signs, each with a sentence, for monitoring and for whoever runs the installation.

Signs name no person and quote no server: strangers may read them. Ages are on the database's clock, as heartbeats are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from migration_planner.reminders import checking, daily, gates
from migration_planner.reminders.models import Pause
from migration_planner.reminders.statements import rows

#: Older than this, a heartbeat is silence: so that pages say so within three minutes, however late they look.
SILENT_AFTER = timedelta(minutes=2, seconds=30)
#: A mail that is due so long, with nothing having gone for `STILL`, is stuck rather than in a queue.
STUCK_AFTER, STILL = timedelta(hours=1), timedelta(minutes=5)
#: The nightly check may be late by some hours, not by a night.
CHECKED_WITHIN = timedelta(hours=30)
#: The broker, and each question to the database, get so long.
BROKER_SECONDS, STATEMENT = 3, "5s"


@dataclass(frozen=True)
class Sign:
    """One thing that is well or not. `seconds` is the age it speaks of, where it speaks of one."""

    name: str
    ok: bool
    words: str
    seconds: int | None = None


@dataclass(frozen=True)
class Beat:
    """A heartbeat: how old it is in seconds, and what stops the work, in words."""

    seconds: int
    trouble: str


def beats() -> dict[str, Beat]:
    """The heartbeats there are, by whose they are."""
    found = rows("SELECT of, extract(epoch FROM clock_timestamp() - at)::int, trouble FROM reminders_heartbeat")
    return {of: Beat(max(seconds, 0), trouble) for of, seconds, trouble in found}


def is_silent(beat: Beat | None) -> bool:
    return beat is None or beat.seconds > SILENT_AFTER.total_seconds()


def signs(*, now: datetime) -> list[Sign]:
    """Every sign, in the order in which trouble is best looked for. Takes a few seconds at most."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [STATEMENT])
            asked = [*_hearts(), _balance(now), _oldest(now), _nightly(now)]
    except DatabaseError:
        asked = [Sign("database", False, _t("The database does not answer, or not in time."))]
    return [*asked, broker()]


def _hearts() -> list[Sign]:
    found = beats()
    sender, planner = found.get("sender"), found.get("planner")
    silent = _t(
        "Nothing has been sent or looked at for more than two minutes. Start the worker, or manage.py send_loop."
    )
    stopped = _t("The mail server takes nothing from us. Nothing is lost; pages for administrators show what it said.")
    unplanned = _t(
        "Nothing has been planned for more than two minutes. Start beat and the worker, or manage.py send_loop."
    )
    return [
        _heart("sender", sender, silent, _t("The sender is at work.")),
        Sign(
            "lane",
            not (sender and sender.trouble),
            stopped if sender and sender.trouble else _t("The way out is open."),
        ),
        _heart("planner", planner, unplanned, _t("The planner is at work.")),
    ]


def _heart(name: str, beat: Beat | None, silent: str, well: str) -> Sign:
    quiet = is_silent(beat)
    return Sign(name, not quiet, silent if quiet else well, beat.seconds if beat else None)


def _balance(now: datetime) -> Sign:
    wrong = sum(fault.count for fault in checking.quick(now=now))
    if not wrong:
        return Sign("balance", True, _t("Everything due is in exactly one place."))
    words = ngettext("%(n)d reminder is in no place.", "%(n)d reminders are in no place.", wrong) % {"n": wrong}
    return Sign("balance", False, words)


#: How long the first mail that may go has been due, and whether any went just now.
OLDEST = f"""
    SELECT (SELECT extract(epoch FROM %(now)s - not_before)::int FROM reminders_mail AS mail
            WHERE state = 'waiting' AND not_before <= %(now)s AND {gates.MAY_GO} ORDER BY not_before, id LIMIT 1),
           EXISTS (SELECT FROM reminders_attempt WHERE at > %(still)s)
"""  # noqa: S608 - constants of ours


def oldest_due(now: datetime) -> tuple[int | None, bool]:
    """For how many seconds the first mail that may go has been due, and whether anything moves."""
    seconds, moves = rows(OLDEST, now=now, still=now - STILL)[0]
    return seconds, moves


def _oldest(now: datetime) -> Sign:
    seconds, moves = oldest_due(now)
    if seconds is None:
        words = _t("All mail is paused.") if Pause.objects.in_force().of_all_mail().exists() else _t("Nothing is due.")
        return Sign("oldest_due", True, words)
    if (day := daily.today(settings.MAIL_PER_DAY)) and day.is_over:
        return Sign("oldest_due", True, _t("All mail that may go in a day has gone. The rest follows."), seconds)
    stuck = seconds > STUCK_AFTER.total_seconds() and not moves
    words = (
        _t("Mail is due, and for a while none has gone. Look at the mail server.")
        if stuck
        else _t("Mail is on its way.")
    )
    return Sign("oldest_due", not stuck, words, seconds)


def _nightly(now: datetime) -> Sign:
    last = checking.latest()
    if last is None:
        return Sign("nightly", True, _t("No nightly check has run yet."))
    seconds = int((now - last.at).total_seconds())
    if last.found:
        return Sign("nightly", False, _t("The last nightly check found something that does not add up."), seconds)
    late = seconds > CHECKED_WITHIN.total_seconds()
    words = (
        _t("The nightly check has not run. Start beat, or manage.py send_loop.")
        if late
        else _t("The last nightly check found nothing.")
    )
    return Sign("nightly", not late, words, seconds)


def broker() -> Sign:
    """Whether the broker answers a question about our queue, in bounded time."""
    current_app.connection_for_read().get_transport_cls()  # loading its code is no delay of the broker's
    if _in_time(_ask_broker, BROKER_SECONDS):
        return Sign("broker", True, _t("The broker answers."))
    return Sign(
        "broker", False, _t("The broker does not answer. Nothing is lost; manage.py send_loop sends without it.")
    )


def _ask_broker() -> None:
    with current_app.connection_for_read(connect_timeout=BROKER_SECONDS) as link, link.channel() as channel:
        try:
            channel.queue_declare(settings.CELERY_TASK_DEFAULT_QUEUE, passive=True)
        finally:
            # Over a database, kombu leaves its session to the garbage collector, and with it a connection of a small pool.
            if session := getattr(channel, "session", None):
                session.close()


def _in_time(ask: Callable[[], None], seconds: float) -> bool:
    """Whether `ask` ends well within `seconds`. One that hangs is left behind: it holds nothing of ours."""
    ended = []

    def work() -> None:
        try:
            ask()
        except Exception:  # whatever a broker of any kind says no with
            return
        ended.append(True)

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(ended)
