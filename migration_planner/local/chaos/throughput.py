"""One sender without any trouble against the floor: a bare loop that sends the same frozen bytes over one kept connection."""

import json
import os
import smtplib
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

import django

from migration_planner.local.chaos.counting import Result
from migration_planner.local.chaos.mailserver import Manner
from migration_planner.local.chaos.processes import PYTHON, child
from migration_planner.local.chaos.scenarios import Scale, conclude
from migration_planner.local.chaos.world import World
from migration_planner.local.environment import ROOT

GOAL = 0.6
BARE = 2_000


@dataclass(frozen=True)
class Measured:
    """Messages per second."""

    bare: float
    sending: float
    composing_and_sending: float
    bare_again: float


def one_process(world: World, scale: Scale) -> Result:
    """Composing is measured apart: the bare loop composes nothing. The goal is for a server that keeps what it takes; what
    comes of one that forgets everything, and so costs next to nothing, is given besides."""
    result = _against(world, scale, Manner())
    forgetful = _against(world, scale, Manner(durable=False), called="throughput-forgetful")
    ratio = float(result.extra["of_the_bare_loop"])
    result.extra["of_the_bare_loop_to_a_server_that_forgets"] = forgetful.extra["of_the_bare_loop"]
    result.require(ratio >= GOAL, f"{ratio} of the bare loop, wanted {GOAL}")
    return result


def _against(world: World, scale: Scale, manner: Manner, *, called: str = "throughput") -> Result:
    result = Result("one process, undisturbed")
    with world.stage(called, scale.people, manner) as stage:
        command = [*PYTHON, "-m", "migration_planner.local.chaos.throughput"]
        environment = {**os.environ, **stage.environment}
        done = subprocess.run(child(command), cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise RuntimeError(done.stderr)
        conclude(result, stage, copies=stage.due)
        measured = json.loads(done.stdout.splitlines()[-1])
        floor = (measured["bare"] + measured["bare_again"]) / 2
        # The bare loop's messages came to the same server; they are none of ours.
        result.copies, result.max_copies_of_one, result.rate = 0, 1, round(measured["sending"], 1)
        rounded = {name: round(value) for name, value in measured.items()}
        result.extra |= {**rounded, "of_the_bare_loop": round(measured["sending"] / floor, 2)}
    return result


def measure() -> Measured:
    """Half of the mails are composed beforehand and sent in one go; the other half is composed on the way."""
    from django.conf import settings

    from migration_planner.reminders import outbox
    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.statements import clock

    def bare(messages: list[tuple[str, bytes]]) -> float:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, local_hostname="localhost") as server:
            server.ehlo()
            began = time.perf_counter()
            for address, raw in messages:
                server.sendmail("planner@localhost", [address], raw)
            return len(messages) / (time.perf_counter() - began)

    def drained() -> float:
        began = time.perf_counter()
        sent = outbox.drain(now=clock()).sent
        return sent / (time.perf_counter() - began)

    waiting = Mail.objects.due(clock())
    later = waiting.filter(pk__in=list(waiting.order_by("pk").values_list("pk", flat=True)[: waiting.count() // 2]))
    later.update(not_before=clock() + timedelta(hours=1))
    _compose_all()
    frozen = waiting.filter(raw__isnull=False).values_list("person__email", "raw")[:BARE]
    messages = [(address, bytes(raw or b"")) for address, raw in frozen]
    first, sending, again = bare(messages), drained(), bare(messages)
    Mail.objects.waiting().filter(due_at__lte=clock()).update(not_before=clock())
    return Measured(first, sending, drained(), again)


def _compose_all() -> None:
    from migration_planner.reminders import claiming, keeping, outbox
    from migration_planner.reminders.statements import clock

    claims = []
    while claim := claiming.claim(now=clock()):
        outbox.freeze(claim, now=clock())
        claims.append(claim)
    for claim in claims:
        keeping.give_back(claim.token, claim.mails)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(asdict(measure())), file=sys.stdout)  # noqa: T201 - read by the parent
