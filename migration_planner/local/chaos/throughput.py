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
#: The two loops take turns, so that whatever else the machine does meets both.
ROUNDS = 4


@dataclass(frozen=True)
class Measured:
    """Messages per second, over all rounds and in the best one, in which the machine had least else to do."""

    bare: float
    sending: float
    composing_and_sending: float
    bare_at_best: float
    sending_at_best: float


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
        # The bare loop's messages came to the same server; they are none of ours.
        result.copies, result.max_copies_of_one, result.rate = 0, 1, round(measured["sending"], 1)
        result.extra |= {name: round(value) for name, value in measured.items()}
        result.extra["of_the_bare_loop"] = round(measured["sending"] / measured["bare"], 2)
        result.extra["at_best"] = round(measured["sending_at_best"] / measured["bare_at_best"], 2)
    return result


def measure() -> Measured:
    """Four fifths of the mails are composed beforehand and sent in rounds, a fifth is composed on the way."""
    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.statements import clock

    due = list(Mail.objects.due(clock()).order_by("pk").values_list("pk", flat=True))
    size = len(due) // (ROUNDS + 1)
    parts = [due[start : start + size] for start in range(0, size * ROUNDS, size)]
    frozen, rest = [pk for part in parts for pk in part], due[size * ROUNDS :]
    _put_off(rest)
    _compose_all()
    _put_off(frozen)
    seconds = [(_bare(part), _drain(part)) for part in parts]
    bare, sending = zip(*seconds, strict=True)
    composing = len(rest) / _drain(rest)
    return Measured(
        len(frozen) / sum(bare), len(frozen) / sum(sending), composing, size / min(bare), size / min(sending)
    )


def _put_off(mails: list[int]) -> None:
    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.statements import clock

    Mail.objects.filter(pk__in=mails).update(not_before=clock() + timedelta(hours=6))


def _bare(mails: list[int]) -> float:
    """So many seconds a bare loop takes for these mails."""
    from django.conf import settings

    from migration_planner.reminders.models import Mail

    found = Mail.objects.filter(pk__in=mails).values_list("person__email", "raw")
    messages = [(address, bytes(raw or b"")) for address, raw in found]
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, local_hostname="localhost") as server:
        server.ehlo()
        began = time.perf_counter()
        for address, raw in messages:
            server.sendmail("planner@localhost", [address], raw)
        return time.perf_counter() - began


def _drain(mails: list[int]) -> float:
    """So many seconds a sender takes for these mails, its connections included."""
    from migration_planner.reminders import outbox
    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.statements import clock

    Mail.objects.filter(pk__in=mails).update(not_before=clock())
    began = time.perf_counter()
    sent = outbox.drain(now=clock()).sent
    if sent != len(mails):
        raise RuntimeError(f"{sent} of {len(mails)} were sent")
    return time.perf_counter() - began


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
