"""What came of all scenarios, as a table for people and as data for machines."""

import os
import platform
from pathlib import Path
from typing import Any

from migration_planner.local.chaos.counting import Result

COLUMNS = ["due", "sent", "lost", "copies", "max_copies_of_one", "after_completion", "kills", "seconds", "rate"]
HEADS = ["due", "sent", "lost", "copies", "most of one", "after completion", "kills", "seconds", "per second"]


def as_json(results: list[Result], people: int, seed: int) -> dict[str, Any]:
    return {
        "machine": machine(),
        "people": people,
        "seed": seed,
        "met": not any(result.missed for result in results),
        "scenarios": [result.as_dict() for result in results],
    }


def machine() -> dict[str, Any]:
    return {
        "processors": os.cpu_count(),
        "processor": _named("/proc/cpuinfo", "model name"),
        "memory": _named("/proc/meminfo", "MemTotal"),
        "load_now": [round(each, 1) for each in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _named(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def table(results: list[Result], whole: dict[str, Any]) -> str:
    """A table in Markdown, to be pasted as it is."""
    here = whole["machine"]
    about = (
        f"{whole['people']:,} people, seed {whole['seed']}; {here['processors']} processors ({here['processor']}), "
        f"{here['memory']} of memory, {here['system']}, Python {here['python']}, load at the end {here['load_now'][0]}."
    )
    head = ["scenario", *HEADS, "balance", "more"]
    rows = [_row(result) for result in results]
    missed = [f"- {result.name}: {goal}" for result in results for goal in result.missed]
    verdict = ["", "Goals missed:", *missed] if missed else ["", "Every goal was met."]
    return "\n".join([about, "", _line(head), _line(["---"] * len(head)), *map(_line, rows), *verdict])


def line(result: Result) -> str:
    """One scenario in one line, as soon as it is done."""
    figures = ", ".join(f"{name} {getattr(result, name)}" for name in COLUMNS)
    missed = f"  MISSED: {'; '.join(result.missed)}" if result.missed else ""
    return f"{result.name}: {figures}, balance {_balance(result)}, {_more(result)}{missed}"


def _row(result: Result) -> list[str]:
    numbers = [getattr(result, name) for name in COLUMNS]
    return [result.name, *(f"{number:,}" for number in numbers), _balance(result), _more(result)]


def _balance(result: Result) -> str:
    return f"held ({result.balance_samples} looks)" if result.balance_held else "BROKEN"


def _more(result: Result) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result.extra.items() if name != "sent")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
