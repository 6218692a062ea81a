"""What is done to the mail while it goes, and what must hold all the same."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from migration_planner.local.chaos import watching
from migration_planner.local.chaos.counting import Result, Taken, count
from migration_planner.local.chaos.mailserver import Manner
from migration_planner.local.chaos.processes import Senders
from migration_planner.local.chaos.world import Stage, World

WORKERS = 4
#: A scenario that is not done by then is stopped, and what is left counts as lost.
LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Scale:
    """How many people, how often something is done, and the seed of all chance."""

    people: int
    kill_every: float = 2.0
    crash_every: float = 10.0
    seed: int = 1
    longest: float = LONGEST_SECONDS
    #: Wake the first tick by hand: beat's own comes after a minute.
    wake: bool = False
    #: So many senders where four are meant, and so long something is watched that must not happen.
    workers: int = WORKERS
    moment: float = 5.0

    def chance(self) -> random.Random:
        return random.Random(self.seed)  # noqa: S311 - to be repeated, not to be secret


class Clockwork:
    """Acts that come round every so many seconds."""

    def __init__(self) -> None:
        self._acts: list[tuple[float, Callable[[], object]]] = []
        self._next: list[float] = []

    def every(self, seconds: float, act: Callable[[], object]) -> None:
        self._acts.append((seconds, act))
        self._next.append(time.monotonic() + seconds)

    def turn(self) -> None:
        for number, (seconds, act) in enumerate(self._acts):
            if time.monotonic() >= self._next[number]:
                act()
                self._next[number] = time.monotonic() + seconds


class Progress:
    """Whether the server has taken something since it was last asked: killing what does not even send proves nothing."""

    def __init__(self, stage: Stage) -> None:
        self._taken, self._seen = stage.folder / "taken", 0

    def made(self) -> bool:
        size = self._taken.stat().st_size if self._taken.exists() else 0
        grown, self._seen = size > self._seen, size
        return grown


def at_work(stage: Stage, act: Callable[[], object]) -> Callable[[], object]:
    """The act, when mail has gone since the last time."""
    progress = Progress(stage)
    return lambda: act() if progress.made() else None


@contextmanager
def sending(
    stage: Stage, result: Result, *, workers: int = WORKERS, aside: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Senders]:
    """Real senders at work on the stage, the balance sampled meanwhile; afterwards everything is counted."""
    senders = Senders(stage.folder, stage.environment, workers, aside)
    with watching.Watcher(stage.database, stage.due) as balance:
        try:
            senders.start()
            yield senders
        finally:
            senders.end()
    result.kills = senders.kills
    result.balance_samples, result.balance_held = balance.samples, balance.broken == 0


def until_done(stage: Stage, scale: Scale, clockwork: Clockwork) -> None:
    """Let the clockwork run until nothing due is left."""
    deadline = time.monotonic() + scale.longest
    while time.monotonic() < deadline:
        clockwork.turn()
        if watching.left(stage.database) == 0:
            return
        time.sleep(0.2)


def conclude(result: Result, stage: Stage, *, copies: int) -> list[Taken]:
    """Count, and hold against the goals that every scenario has. `copies`: as many are allowed."""
    found = count(result, stage.folder, stage.database)
    result.require(result.due == stage.due, f"due {result.due}, and {stage.due} at the beginning")
    result.require(result.lost == 0, f"{result.lost} lost")
    result.require(result.copies <= copies, f"{result.copies} copies, allowed {copies}")
    result.require(result.after_completion == 0, f"{result.after_completion} after completion")
    result.require(result.identical, "copies differ from each other")
    result.require(result.balance_held, "the balance did not hold at every moment")
    return found


def kills(world: World, scale: Scale) -> Result:
    """SIGKILL of one of four senders every 2 s."""
    result, clockwork = Result("kills"), Clockwork()
    with world.stage("kills", scale.people) as stage:
        with sending(stage, result, workers=scale.workers) as senders:
            chance = scale.chance()
            clockwork.every(scale.kill_every, at_work(stage, lambda: senders.kill_one(chance)))
            until_done(stage, scale, clockwork)
        conclude(result, stage, copies=result.kills)
        result.require(result.max_copies_of_one <= 2, f"{result.max_copies_of_one} of one message")
        result.require(scale.people < 20_000 or result.rate >= 400, f"{result.rate} messages/s, wanted 400")
    return result


def crashes(world: World, scale: Scale) -> Result:
    """PostgreSQL crashes every 10 s, and is started again."""
    result, clockwork, times = Result("database crashes"), Clockwork(), [0]

    def crash() -> None:
        times[0] += 1
        world.cluster.server.crash()
        world.cluster.server.start()

    with world.stage("crashes", scale.people) as stage:
        with sending(stage, result, workers=scale.workers):
            clockwork.every(scale.crash_every, at_work(stage, crash))
            until_done(stage, scale, clockwork)
        result.extra["crashes"] = times[0]
        conclude(result, stage, copies=scale.workers * times[0])
    return result


def cut_retry(world: World, scale: Scale) -> Result:
    """The server takes a message and cuts the connection, 0.5 % of the time; what may have arrived goes once more."""
    return _cut(world, scale, "retry")


def cut_hold(world: World, scale: Scale) -> Result:
    """The same where a copy must never go: senders are killed besides, and a person decides about every doubt."""
    return _cut(world, scale, "hold")


def _cut(world: World, scale: Scale, policy: str) -> Result:
    result, clockwork = Result(f"cut after accepting, {policy}"), Clockwork()
    manner = Manner(seed=scale.seed, cut=0.005 if scale.people >= 2000 else 0.08)
    with world.stage(f"cut_{policy}", scale.people, manner, MAIL_AFTER_SILENCE=policy, MAIL_RETRY_AFTER="1") as stage:
        with sending(stage, result, workers=scale.workers) as senders:
            chance = scale.chance()
            if policy == "hold":
                clockwork.every(scale.kill_every, at_work(stage, lambda: senders.kill_one(chance)))
            until_done(stage, scale, clockwork)
        found = conclude(result, stage, copies=0)
        cuts = sum(each.how == "cut" for each in found)
        result.extra["cuts"] = cuts
        _judge_cuts(result, policy, cuts)
    return result


def _judge_cuts(result: Result, policy: str, cuts: int) -> None:
    """`retry`: at most a copy for each cut. `hold`: no copy, and every doubt is listed."""
    if policy == "retry":
        result.missed = [goal for goal in result.missed if not goal.endswith("copies, allowed 0")]
        result.require(result.copies <= cuts, f"{result.copies} copies of {cuts} cuts")
    else:
        held = int(result.extra.get("held", 0))
        result.require(held >= cuts, f"{held} held of {cuts} cuts")
        result.require(held <= cuts + result.kills, f"{held} held of {cuts} cuts and {result.kills} kills")


def deferrals(world: World, scale: Scale) -> Result:
    """451 to 30 % of all recipients at each try."""
    result = Result("30 % deferred")
    manner = Manner(seed=scale.seed, defer=0.3)
    with world.stage("deferrals", scale.people, manner, MAIL_RETRY_AFTER="1") as stage:
        with sending(stage, result, workers=scale.workers):
            until_done(stage, scale, Clockwork())
        conclude(result, stage, copies=0)
    return result


def terms(world: World, scale: Scale) -> Result:
    """A deploy every 2 s: SIGTERM to one of four. It finishes the message in hand and gives back the rest."""
    result, clockwork, codes = Result("SIGTERM loop"), Clockwork(), list[int | None]()
    with world.stage("terms", scale.people) as stage:
        with sending(stage, result, workers=scale.workers) as senders:
            chance = scale.chance()
            clockwork.every(scale.kill_every, at_work(stage, lambda: codes.append(senders.end_one(chance))))
            until_done(stage, scale, clockwork)
        result.extra["ended"] = len(codes)
        conclude(result, stage, copies=0)
        # A process that was told to end before it could listen is ended by the signal itself.
        bad = [code for code in codes if code not in (0, -15)]
        result.require(not bad, f"ended with {bad}")
    return result


def still(world: World, scale: Scale) -> Result:
    """Nothing happens at all: four senders undisturbed."""
    result = Result("undisturbed")
    with world.stage("still", scale.people) as stage:
        with sending(stage, result):
            until_done(stage, scale, Clockwork())
        conclude(result, stage, copies=0)
    return result
