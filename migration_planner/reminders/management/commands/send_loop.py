import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from migration_planner.reminders.checking import check_daily
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import keep_yesterday

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Plans and sends mail by itself, without broker, worker and beat, until it is told to end (Ctrl-C or SIGTERM). It may "
        "run beside them, and several times: nothing goes out twice. The message in hand is finished, the rest given back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=15, metavar="SECONDS", help="pause between passes (15)")

    def handle(self, *args: Any, **options: Any) -> None:
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        self.stdout.write("Sending mail as it falls due. Ctrl-C ends it.")
        while not ending.is_set():
            self._pass(ending)
            ending.wait(options["every"])

    def _pass(self, ending: threading.Event) -> None:
        """One pass. Whatever goes wrong is logged, and the next pass begins anew: with a new connection if need be."""
        try:
            close_old_connections()
            plan(now=timezone.now())
            keep_yesterday(now=timezone.now())
            check_daily(now=timezone.now())
            drained = drain(now=timezone.now(), stop=ending.is_set)
        except Exception:
            log.exception("A pass of the send loop failed; the next one goes on.")
            close_old_connections()
        else:
            if drained.stopped:
                self.stderr.write(f"Sending stopped: {drained.stopped}")
