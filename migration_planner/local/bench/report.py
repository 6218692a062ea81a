"""What was measured, as a table for people and as data for machines."""

import os
import platform
from typing import Any

Measured = dict[int, list[dict[str, Any]]]
#: What each ratio is meant to stay below (import: above, in rows per second), at every size.
GOALS = {
    "publish": 3.0,
    "root dashboard": 8.0,
    "leaf team": 8.0,
    "checklist": 8.0,
    "mark, 1 client": 3.0,
    "mark, 8 clients": 3.0,
}
ROOT_GROWTH = 1.5


def as_json(measured: Measured) -> dict[str, Any]:
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    return {"machine": machine, "goals": GOALS, "root_growth": growth(measured), "sizes": measured}


def growth(measured: Measured) -> float | None:
    """The root dashboard at the largest size as a multiple of its own time at the smallest."""
    times = [
        result["ms"] for size in sorted(measured) for result in measured[size] if result["name"] == "root dashboard"
    ]
    return round(times[-1] / times[0], 2) if len(times) > 1 else None


def table(measured: Measured) -> str:
    lines = [f"{'people':>8}  {'what':<22} {'ms':>10} {'floor ms':>10} {'ratio':>7}  {'goal':>6}  floor"]
    for size, results in sorted(measured.items()):
        lines += [_line(size, result) for result in results]
    grown = growth(measured)
    if grown is not None:
        lines.append(
            f"The root dashboard at the largest size takes {grown} times what it takes at the smallest (goal: {ROOT_GROWTH})."
        )
    return "\n".join(lines)


def scan_line(scan: dict[str, Any], goal: float) -> str:
    speed = scan["extra"]["files_per_second"]
    return f"The scanner looks at {speed:,} files a second, {scan['ratio']} times the time of {scan['floor']} (goal: {goal})."


def _line(size: int, result: dict[str, Any]) -> str:
    goal = GOALS.get(result["name"])
    extra = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in result["extra"].items())
    words = f"{result['floor']}{f' ({extra})' if extra else ''}"
    shown = f"{goal:.1f}" if goal else ""
    numbers = f"{result['ms']:>10,.1f} {result['floor_ms']:>10,.1f} {result['ratio']:>7.2f}"
    return f"{size:>8,}  {result['name']:<22} {numbers}  {shown:>6}  {words}"
