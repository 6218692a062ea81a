import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.db import close_old_connections

from migration_planner.lib import commands
from migration_planner.reminders import hooks_sending, rooms_sending, ticking
from migration_planner.reminders.checking import check_daily
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.statements import clock

log = structlog.get_logger(__name__)

#: So long one pass goes on sending before it looks up again: at the clock, at the plan, at who died meanwhile.
PASS_SECONDS = 20
#: After so long no more message to a room is begun: mail does not wait for chat services.
ROOM_SECONDS = 3


class Command(commands.Command):
    help = (
        "Plans and sends mail by itself, without broker, worker and beat, until it is told to end (Ctrl-C or SIGTERM). It may "
        "run beside them, and several times: nothing goes out twice. The message in hand is finished, the rest given back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=commands.seconds, default=2, metavar="SECONDS", help="look for due mail so often (2)"
        )
        parser.add_argument(
            "--plan-every", type=commands.seconds, default=60, metavar="SECONDS", help="plan so often (60)"
        )

    def act(self, **options: Any) -> None:
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        self.stdout.write("Sending mail as it falls due. Ctrl-C ends it.")
        while not ending.is_set():
            if not self._pass(ending, options["plan_every"]):
                ending.wait(options["every"])

    def _pass(self, ending: threading.Event, plan_every: float) -> bool:
        """One pass; True when there may be more to do at once. Whatever goes wrong is logged, and the next pass begins anew:
        with a new connection if need be."""
        try:
            close_old_connections()
            if is_planning := ticking.plan_is_older_than(plan_every):
                ticking.before_mail(now=clock())
                check_daily(now=clock())
            end = time.monotonic() + PASS_SECONDS
            drained = drain(now=clock(), stop=lambda: ending.is_set() or time.monotonic() > end)
            if is_planning:
                ticking.after_mail(now=clock())
            rooms_sending.write(now=clock(), stop=ticking.in_time(ROOM_SECONDS, ending.is_set))
            hooks_sending.deliver(now=clock(), stop=ticking.in_time(ROOM_SECONDS, ending.is_set))
        except Exception:
            log.exception("A pass of the send loop failed; the next one goes on.")
            close_old_connections()
            return False
        if drained.stopped:
            self.stderr.write(f"Sending stopped: {drained.stopped}")
        return time.monotonic() > end
