"""The brokers only wake the work: with Redis flushed and killed again and again, and with PostgreSQL as the broker."""

import os
import shutil
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from migration_planner.local.chaos import watching
from migration_planner.local.chaos.counting import Result, messages
from migration_planner.local.chaos.processes import PYTHON, SENDER, Process
from migration_planner.local.chaos.scenarios import Clockwork, Scale, conclude, until_done
from migration_planner.local.chaos.world import Stage, World

CELERY = [*PYTHON, "-m", "celery", "-A", "migration_planner.config"]
WORKER = [*CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO"]
LATER = "UPDATE reminders_mail SET not_before = clock_timestamp() + interval '1 hour' WHERE id % 2 = 0 AND state = 'waiting'"
NOW = "UPDATE reminders_mail SET not_before = clock_timestamp() WHERE state = 'waiting' AND due_at <= clock_timestamp()"
TICK = "migration_planner.reminders.tasks.tick"
FLUSH_EVERY, WAKE_SECONDS = 10.0, 90


class Redis(Process):
    """A Redis server on a port of its own that keeps nothing."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = int(found.getsockname()[1])
        keeps_nothing = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
        super().__init__([program, "--port", str(self.port), *keeps_nothing], folder / "redis.log", {})

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            connection.recv(64)


def redis(world: World, scale: Scale) -> Result:
    """A Celery worker and beat over Redis, which is flushed, killed and started empty every 10 s, and then gone for good."""
    result, clockwork, times = Result("Redis flushed, killed, gone"), Clockwork(), [0]
    program = os.environ.get("REDIS_SERVER") or shutil.which("redis-server") or shutil.which("valkey-server")
    if not program:
        result.missed.append("not run: it needs a Redis server (Debian: apt-get install redis-server)")
        return result
    with world.stage("redis", scale.people) as stage:
        server = Redis(program, stage.folder)

        def lose() -> None:
            times[0] += 1
            if server.runs:
                server.flush()
                server.kill()
            server.start()

        clockwork.every(FLUSH_EVERY, lose)
        _drive(stage, result, scale, clockwork, server.url, server)
        result.extra["redis_lost"] = times[0]
    return result


def postgres(world: World, scale: Scale) -> Result:
    """A Celery worker and beat over PostgreSQL as the broker, by kombu's SQLAlchemy transport; its queue is emptied at times."""
    result, clockwork = Result("PostgreSQL as the broker"), Clockwork()
    with world.stage("postgres_broker", scale.people) as stage:
        clockwork.every(FLUSH_EVERY, lambda: watching.ask(stage.database, "DELETE FROM kombu_message RETURNING 1"))
        _drive(stage, result, scale, clockwork, stage.environment["CELERY_BROKER_URL"], None)
    return result


def _drive(stage: Stage, result: Result, scale: Scale, clockwork: Clockwork, broker: str, server: Redis | None) -> None:
    """Half is due at once and goes by Celery alone; the other half falls due when the broker is gone, by the send loop."""
    environment = {**stage.environment, "CELERY_BROKER_URL": broker}
    watching.ask(stage.database, LATER + " RETURNING 1")
    with ExitStack() as ended, watching.Watcher(stage.database, stage.due) as balance:
        if server:
            ended.callback(server.end)
        beat = [*CELERY, "beat", "--schedule", str(stage.folder / "beat"), "--pidfile=", "--loglevel", "INFO"]
        for name, command in (("worker", WORKER), ("beat", beat)):
            process = Process(command, stage.folder / f"{name}.log", environment)
            ended.callback(process.end)
        if scale.wake:
            tick = Process([*CELERY, "call", TICK], stage.folder / "call.log", environment)
            ended.callback(tick.end)
        _until_woken(stage, scale, clockwork)
        result.extra["by_celery"] = len(messages(stage.folder))
        if server:
            server.kill()
        ended.callback(Process(SENDER, stage.folder / "sender.log", environment).end)
        time.sleep(scale.moment / 2)
        fell_due = time.time()
        watching.ask(stage.database, NOW + " RETURNING 1")
        until_done(stage, scale, Clockwork())
    result.balance_samples, result.balance_held = balance.samples, balance.broken == 0
    found = conclude(result, stage, copies=0)
    first = min((each.began for each in found if each.began > fell_due), default=fell_due + 999)
    result.extra["delay_s"] = round(first - fell_due, 1)
    result.require(result.extra["by_celery"] > 0, "nothing went by Celery")
    result.require(result.extra["delay_s"] <= 30, f"{result.extra['delay_s']} s of delay without the broker")


def _until_woken(stage: Stage, scale: Scale, clockwork: Clockwork) -> None:
    """Until what was due first is sent."""
    now = "SELECT count(*) FROM reminders_mail WHERE state = 'waiting' AND not_before <= clock_timestamp()"
    deadline = time.monotonic() + max(WAKE_SECONDS, scale.longest / 4)
    while time.monotonic() < deadline:
        clockwork.turn()
        if (watching.ask(stage.database, now) or [(1,)])[0][0] == 0:
            return
        time.sleep(0.2)
