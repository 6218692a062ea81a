"""Where the lines of a chart run. The template draws them as SVG, with a table of the same figures beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from migration_planner.planning.models import Ban, ProgressDay
from migration_planner.planning.progress import Figures
from migration_planner.steering.models import Forecast

WIDTH, HEIGHT = 640, 200
#: A line is drawn through at most so many days, and the table beside it has as many: more do not fit on a screen.
MOST_DAYS = 180
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One day of the table beside the chart."""

    day: date
    figures: Figures


@dataclass(frozen=True)
class BurnUp:
    """Done and started people over time, against the number of people and the way to the cutoff. Units of the drawing."""

    rows: list[Row]
    done_area: str
    begun_line: str
    people_line: str
    target_line: str
    cutoff_x: float
    first: date
    last: date
    cutoff: date
    #: One day in so many is drawn; 1 is each.
    every: int = 1
    width: int = WIDTH
    height: int = HEIGHT


def burn_up(
    ban: Ban, days: Sequence[ProgressDay], live: Figures, *, now: datetime, deadline: datetime | None = None
) -> BurnUp | None:
    """The chart of a published ban, from its kept days and today's live figures. None before there is anything to draw.

    `deadline`: where the way leads, if not to the ban's cutoff.
    """
    end = deadline or ban.cutoff_at
    if ban.published_at is None or end is None or not live.people:
        return None
    first, today, cutoff = (moment.astimezone(UTC).date() for moment in (ban.published_at, now, end))
    today = min(today, ban.ended_at.astimezone(UTC).date()) if ban.ended_at else today
    rows = [
        Row(day.day, Figures(day.people, day.done, day.started, day.blocked, day.waived))
        for day in days
        if first <= day.day < today
    ]
    rows.append(Row(max(today, first), live))
    every, rows = len(rows) // MOST_DAYS + 1, _thinned(rows)
    scale = _Scale(first, max(cutoff, rows[-1].day), max(row.figures.people for row in rows))
    done = [scale.point(row.day, row.figures.done) for row in rows]
    return BurnUp(
        rows=rows,
        done_area=_area(done),
        begun_line=_line([scale.point(row.day, row.figures.people - row.figures.not_started) for row in rows]),
        people_line=_line([scale.point(row.day, row.figures.people) for row in rows]),
        target_line=_line([scale.point(first, 0), scale.point(cutoff, live.people)]),
        cutoff_x=scale.point(cutoff, 0)[0],
        first=first,
        last=scale.last,
        cutoff=cutoff,
        every=every,
    )


@dataclass(frozen=True)
class Fan:
    """What is done so far and what is promised on the way to the cutoff, at 50, 85 and 95 %. Units of the drawing."""

    done_area: str
    fan_area: str
    even_line: str
    sure_line: str
    people_line: str
    first: date
    last: date
    width: int = WIDTH
    height: int = HEIGHT


def fan(days: Sequence[ProgressDay], forecast: Forecast) -> Fan:
    """The chart of a forecast that has a fan: the kept days, and from the last of them the promises."""
    days = _thinned(days)
    first = days[0].day
    last = date.fromisoformat(forecast.fan[-1][0])
    most = max(forecast.people_then, *(day.people for day in days))
    scale = _Scale(first, last, most)
    now = (forecast.day, [forecast.done] * 3)
    ahead = [now, *((date.fromisoformat(day), promised) for day, promised in forecast.fan)]
    even, sure, surest = ([scale.point(day, by[place]) for day, by in ahead] for place in range(3))
    people = [*(scale.point(day.day, day.people) for day in days), scale.point(last, forecast.people_then)]
    return Fan(
        done_area=_area([scale.point(day.day, day.done) for day in days]),
        fan_area=f"{_line(even)} {_line(surest[::-1])}",
        even_line=_line(even),
        sure_line=_line(sure),
        people_line=_line(people),
        first=first,
        last=last,
    )


@dataclass(frozen=True)
class _Scale:
    first: date
    last: date
    most: int

    def point(self, day: date, people: int) -> tuple[float, float]:
        span = max((self.last - self.first).days, 1)
        across = WIDTH * (day - self.first).days / span
        return round(across, 1), round(HEIGHT - HEIGHT * people / max(self.most, 1), 1)


def _thinned(days: Sequence[T]) -> list[T]:
    """The first of so many days, the last, and one in so many between them."""
    every = len(days) // MOST_DAYS + 1
    kept = list(days[::-every][::-1])
    return kept if (len(days) - 1) % every == 0 else [days[0], *kept]


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _area(points: Sequence[tuple[float, float]]) -> str:
    return f"{points[0][0]},{HEIGHT} {_line(points)} {points[-1][0]},{HEIGHT}"
