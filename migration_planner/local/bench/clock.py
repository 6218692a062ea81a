"""Measuring: the median of several runs, and what it is of the floor."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """What something took, what its floor took, and how many times the floor it is. Milliseconds."""

    name: str
    ms: float
    floor: str
    floor_ms: float
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return round(self.ms / self.floor_ms, 2) if self.floor_ms else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


def milliseconds(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def median_ms(act: Callable[[], Any], *, runs: int) -> float:
    """The median of `runs` runs, after one that warms up."""
    act()
    return statistics.median(milliseconds(act) for _ in range(runs))
