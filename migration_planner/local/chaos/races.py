"""Scenarios in which others work at the same time, or something must stand still."""

import json
import os
import shutil
import subprocess
import time
from typing import Any

import psycopg

from migration_planner.local.chaos import watching
from migration_planner.local.chaos.counting import Result, Taken, messages
from migration_planner.local.chaos.mailserver import Manner
from migration_planner.local.chaos.processes import PYTHON, Process, Senders
from migration_planner.local.chaos.scenarios import Clockwork, Scale, conclude, sending, until_done
from migration_planner.local.chaos.world import Stage, World

ACT = [*PYTHON, "-m", "migration_planner.local.chaos.acting"]
PATIENCE_SECONDS = 60
#: A heartbeat may be three minutes old.
SILENT_BEFORE = 146
AGE = f"UPDATE reminders_heartbeat SET at = at - interval '{SILENT_BEFORE} seconds'"  # noqa: S608 - a constant of this module
FINISHERS, SHARE = 2, 0.3
SHARES_OF_CLICKS = {"p50": 0.5, "p99": 0.99, "max": 1.0}
#: Far less than a sender waits for an answer, and more than the busiest machine takes for a click.
LONGEST_CLICK_MS = 5_000
#: At the 99th percentile, where the mail server answers within 5 ms.
CLICK_MS = 50
ROWS = "SELECT count(*), count(DISTINCT (person_id, ban_id, rung, day)) FROM reminders_reminder"
MAILS = "SELECT count(*), count(DISTINCT (person_id, day)) FROM reminders_mail"
DUE = "WHERE state = 'waiting' AND due_at <= clock_timestamp()"
DUE_IN_TWO = "UPDATE reminders_mail SET not_before = clock_timestamp() + interval '2 minutes' " + DUE  # noqa: S608 - constants of this module
DUE_NOW = "UPDATE reminders_mail SET not_before = clock_timestamp() " + DUE  # noqa: S608 - as above
TROUBLE = "SELECT trouble FROM reminders_heartbeat WHERE of = 'sender' AND trouble <> ''"


def completions(world: World, scale: Scale) -> Result:
    """People finish while the mail goes: nobody hears from us after that, and nobody waits for us."""
    result = Result("completions race the send")
    with world.stage("completions", scale.people, Manner(latency_ms=1)) as stage:
        _act(stage, "prepare", called="prepare").popen.wait()
        with sending(stage, result, workers=2):
            finishers = _finishers(stage, SHARE)
            until_done(stage, scale, Clockwork())
            for each in finishers:
                each.popen.wait()
        clicks = _clicks(result, stage, finishers)
        conclude(result, stage, copies=0)
        _compare_clicks(result, stage)
        result.require(all(each.popen.returncode == 0 for each in finishers), "a finisher failed")
        result.require(scale.people < 20_000 or clicks >= 5_000, f"{clicks} completions, wanted 5,000")
        late = result.extra["click_p99_ms"]
        result.require(scale.people < 20_000 or late <= CLICK_MS, f"a click's p99 {late} ms, wanted {CLICK_MS}")
    return result


def _compare_clicks(result: Result, stage: Stage) -> None:
    """How long clicks take on this machine as it is just now, when no mail goes."""
    alone = [
        _act(stage, "finish", number, FINISHERS, SHARE / 3, called=f"alone-{number}") for number in range(FINISHERS)
    ]
    for each in alone:
        each.popen.wait()
    clicks = sorted(each["ms"] for each in _finished(alone))
    result.extra |= {"click_alone_p50_ms": _at(clicks, 0.5), "click_alone_p99_ms": _at(clicks, 0.99)}


def _finished(finishers: list[Process]) -> list[dict[str, Any]]:
    lines = [line for each in finishers for line in each.log.read_text().splitlines() if line[:1] == "{"]
    return [json.loads(line) for line in lines]


def _finishers(stage: Stage, share: float) -> list[Process]:
    return [_act(stage, "finish", number, FINISHERS, share, called=f"finish-{number}") for number in range(FINISHERS)]


def _clicks(result: Result, stage: Stage, finishers: list[Process]) -> int:
    """Who heard from us after the last click, and how long the clicks took. How many they were."""
    finished = _finished(finishers)
    result.after_completion = _after(messages(stage.folder), {each["to"]: each["at"] for each in finished})
    clicks = sorted(each["ms"] for each in finished)
    result.extra |= {"completions": len(finished)}
    result.extra |= {f"click_{name}_ms": _at(clicks, share) for name, share in SHARES_OF_CLICKS.items()}
    return len(finished)


def stalls(world: World, scale: Scale) -> Result:
    """The server takes a message and never answers, once in 500: senders wait ten seconds, and go on. Nobody who finishes
    meanwhile waits with them."""
    result = Result("hang in DATA")
    manner = Manner(seed=scale.seed, stall=0.002 if scale.people >= 2000 else 0.02)
    with world.stage("stalls", scale.people, manner, MAIL_RETRY_AFTER="1") as stage:
        _act(stage, "prepare", called="prepare").popen.wait()
        with sending(stage, result, workers=scale.workers):
            finishers = _finishers(stage, SHARE)
            until_done(stage, scale, Clockwork())
            for each in finishers:
                each.popen.wait()
        _clicks(result, stage, finishers)
        hung = sum(each.how == "stalled" for each in messages(stage.folder))
        conclude(result, stage, copies=hung)
        result.extra["hung"] = hung
        result.require(hung > 0, "the server never hung")
        result.require(result.max_copies_of_one <= 2, f"{result.max_copies_of_one} of one message")
        result.require(result.extra["click_max_ms"] < LONGEST_CLICK_MS, "a click waited for the mail server")
    return result


def _after(taken: list[Taken], finished: dict[str, float]) -> int:
    return sum(each.began > finished.get(each.to, float("inf")) for each in taken)


def _at(sorted_: list[float], share: float) -> float:
    return round(sorted_[min(int(len(sorted_) * share), len(sorted_) - 1)], 1) if sorted_ else 0.0


def beats(world: World, scale: Scale, *, ticks: int = 200) -> Result:
    """Five planners at once, again and again: no row stands twice, none is missing."""
    result = Result("five beats")
    with world.stage("beats", scale.people) as stage:
        planners = [_act(stage, "plan", ticks, called=f"plan-{number}") for number in range(5)]
        for each in planners:
            each.popen.wait()
        result.require(all(each.popen.returncode == 0 for each in planners), "a planner failed")
        doubled = _doubled(stage, ROWS) + _doubled(stage, MAILS)
        result.extra |= {"planners": 5, "ticks": 5 * ticks, "doubled": doubled}
        result.require(doubled == 0, f"{doubled} rows stand twice")
        with sending(stage, result, workers=scale.workers):
            until_done(stage, scale, Clockwork())
        conclude(result, stage, copies=0)
    return result


def _doubled(stage: Stage, statement: str) -> int:
    rows, kinds = (watching.ask(stage.database, statement) or [(1, 0)])[0]
    return int(str(rows)) - int(str(kinds))


def _clock(faketime: str, offset: str) -> dict[str, str]:
    """The surroundings of a process whose clock is wrong. Not the program itself: it stands between us and its child, which
    outlives it when it is ended."""
    asked = [faketime, "-f", offset, "printenv", "LD_PRELOAD"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - a program we were given
    return {"LD_PRELOAD": told.stdout.strip(), "FAKETIME": offset}


def wrong_clock(world: World, scale: Scale) -> Result:
    """One of four senders is ten minutes fast: what is due in two minutes does not go, what is due goes once."""
    result, faketime = Result("a clock ten minutes fast"), os.environ.get("FAKETIME") or shutil.which("faketime")
    if not faketime:
        result.missed.append("not run: it needs faketime (Debian: apt-get install faketime)")
        return result
    fast = _clock(faketime, "+600s")
    with world.stage("wrong_clock", scale.people) as stage:
        _sql(stage, DUE_IN_TWO + " AND id % 10 = 0")
        with sending(stage, result, workers=scale.workers, aside=fast):
            deadline = time.monotonic() + scale.longest
            while _waiting_now(stage) and time.monotonic() < deadline:
                time.sleep(0.2)
            time.sleep(scale.moment)
            early = len(messages(stage.folder)) - sum(1 for _ in _due_first(stage))
            _sql(stage, DUE_NOW)
            until_done(stage, scale, Clockwork())
        result.extra["early"] = early
        result.require(early == 0, f"{early} went early")
        conclude(result, stage, copies=0)
    return result


def _waiting_now(stage: Stage) -> int:
    statement = "SELECT count(*) FROM reminders_mail WHERE state = 'waiting' AND not_before <= clock_timestamp()"
    found = watching.ask(stage.database, statement)
    return int(str(found[0][0])) if found else 1


def _due_first(stage: Stage) -> list[tuple[object, ...]]:
    due = "SELECT 1 FROM reminders_mail WHERE due_at <= clock_timestamp() AND id % 10 <> 0"
    return watching.ask(stage.database, due) or []


def read_only(world: World, scale: Scale) -> Result:
    """The database takes no writes any more: nothing is sent. When it does again, everything goes once."""
    result = Result("read-only database")
    with world.stage("read_only", scale.people) as stage:
        name = psycopg.conninfo.conninfo_to_dict(stage.database)["dbname"]
        _sql(stage, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with sending(stage, result, workers=2) as senders:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not _has_failed(senders) and time.monotonic() < deadline:
                time.sleep(0.2)
            time.sleep(scale.moment)
            result.extra["sent_meanwhile"] = len(messages(stage.folder))
            with psycopg.connect(stage.database, autocommit=True) as connection:
                connection.execute("SET default_transaction_read_only = off")
                connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            _start_anew(senders)
            until_done(stage, scale, Clockwork())
        result.require(result.extra["sent_meanwhile"] == 0, f"{result.extra['sent_meanwhile']} sent without a mark")
        conclude(result, stage, copies=0)
    return result


def _has_failed(senders: Senders) -> bool:
    """Whether one of them has tried already, and been refused by the database."""
    return any("read-only transaction" in process.log.read_text() for process in senders.running)


def _start_anew(senders: Senders) -> None:
    """Connections keep the setting they were opened with."""
    for process in senders.running:
        process.end()
        process.start()


def rescue(world: World, scale: Scale) -> Result:
    """A sender is killed with its hands full: another has sent it all within 20 s."""
    result = Result("a killed sender's mails")
    with world.stage("rescue", scale.people, Manner(latency_ms=50)) as stage:
        with sending(stage, result, workers=1) as senders:
            while len(messages(stage.folder)) < 3:
                time.sleep(0.05)
            senders.running[0].kill()
            killed_at = time.time()
            senders.kills = 1
            leased = {str(to) for (to,) in watching.ask(stage.database, LEASED) or []}
            senders.running[0].start()
            while leased - {each.to for each in messages(stage.folder)} and time.time() < killed_at + 60:
                time.sleep(0.1)
            result.extra |= {"in_hand": len(leased), "rescued_after_s": round(time.time() - killed_at, 1)}
            until_done(stage, scale, Clockwork())
        conclude(result, stage, copies=1)
        result.require(result.extra["rescued_after_s"] <= 20, f"rescued after {result.extra['rescued_after_s']} s")
        result.require(bool(leased), "nothing was in hand")
    return result


QUICK = """
    SELECT count(*) FROM reminders_mail AS mail JOIN people_user AS person ON person.id = mail.person_id
    WHERE mail.state = 'waiting' AND mail.due_at <= clock_timestamp() AND person.email LIKE '%@bench.example'
"""
LEASED = """
    SELECT person.email FROM reminders_mail AS mail JOIN people_user AS person ON person.id = mail.person_id
    WHERE mail.lease_token IS NOT NULL AND mail.state = 'waiting'
"""


#: Health asked first, the banner a moment later: the last second may fall between the two.
SILENT = "sender silent, banner"


def silence(world: World, scale: Scale) -> Result:
    """Every sender is killed: within three minutes `/healthz` and the banner of the pages say so, until one is back.

    The three minutes are not waited for: the heartbeat is made older by most of them.
    """
    result = Result("dead-man")
    with world.stage("silence", scale.people) as stage:
        with sending(stage, result, workers=1) as senders:
            until_done(stage, scale, Clockwork())
            signs = {"alive": _signs(stage)}
            senders.running[0].kill()
            _sql(stage, AGE)
            began = time.monotonic()
            while (dead := _signs(stage)) != SILENT and time.monotonic() < began + PATIENCE_SECONDS:
                time.sleep(0.2)
            result.extra["seen_after_s"] = round(SILENT_BEFORE + time.monotonic() - began, 1)
            senders.running[0].start()
            while _signs(stage) != signs["alive"] and time.monotonic() < began + 2 * PATIENCE_SECONDS:
                time.sleep(0.2)
            signs |= {"dead": dead, "back": _signs(stage)}
        conclude(result, stage, copies=0)
        result.require(signs["dead"] == SILENT, f"without a sender the signs were: {signs['dead']}")
        result.require(signs["alive"] == signs["back"] == "well", f"with a sender: {signs['alive']}, {signs['back']}")
        result.require(result.extra["seen_after_s"] <= 180, f"seen after {result.extra['seen_after_s']} s")
    return result


def _signs(stage: Stage) -> str:
    """What `/healthz` and the banner above the pages say of the sender."""
    found = _act(stage, "signs", called="signs")
    found.popen.wait()
    return found.log.read_text().splitlines()[-1]


def refused(world: World, scale: Scale) -> Result:
    """The server does not want us for a while: nothing is burnt, and everything goes afterwards."""
    result = Result("we are refused")
    with world.stage("refused", scale.people, Manner(refuses_us=True)) as stage:
        (stage.folder / "refuse-us").touch()
        with sending(stage, result, workers=2):
            trouble = _when_it_comes(stage, TROUBLE)
            time.sleep(scale.moment)
            burnt = watching.ask(stage.database, "SELECT count(*) FROM reminders_mail WHERE tries > 0") or [(1,)]
            (stage.folder / "refuse-us").unlink()
            until_done(stage, scale, Clockwork())
        result.extra |= {"burnt": int(str(burnt[0][0])), "trouble": trouble}
        result.require(result.extra["burnt"] == 0, f"{result.extra['burnt']} rows burnt")
        result.require("Not from you" in result.extra["trouble"], "the heartbeat does not say so")
        conclude(result, stage, copies=0)
    return result


def _when_it_comes(stage: Stage, statement: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := watching.ask(stage.database, statement):
            return str(found[0][0])
        time.sleep(0.2)
    return ""


def domains(world: World, scale: Scale) -> Result:
    """One recipient domain defers everything: it is left alone, its rows untouched but for a few, and the others go."""
    result = Result("one domain defers")
    with world.stage("domains", scale.people, Manner(deferred_domains=("slow.example",))) as stage:
        _sql(stage, "UPDATE people_user SET email = replace(email, 'bench.', 'slow.') WHERE id % 2 = 0")
        with sending(stage, result, workers=min(scale.workers, 2)):
            deadline = time.monotonic() + scale.longest
            while (watching.ask(stage.database, QUICK) or [(1,)])[0][0] and time.monotonic() < deadline:
                time.sleep(0.2)
        touched = watching.ask(stage.database, "SELECT count(*) FROM reminders_mail WHERE tries > 0") or [(0,)]
        found = conclude(result, stage, copies=0)
        result.extra["touched"] = int(str(touched[0][0]))
        result.missed = [goal for goal in result.missed if not goal.endswith("lost")]
        waiting = int(result.extra.get("waiting", 0))
        result.lost = result.due - len({each.to for each in found}) - waiting
        result.require(result.lost == 0, f"{result.lost} lost")
        result.require(result.extra["touched"] <= 40, f"{result.extra['touched']} rows touched")
    return result


def _act(stage: Stage, *words: object, called: str) -> Process:
    return Process([*ACT, *map(str, words)], stage.folder / f"{called}.log", stage.environment)


def _sql(stage: Stage, statement: str) -> None:
    with psycopg.connect(stage.database, autocommit=True) as connection:
        connection.execute(statement)
