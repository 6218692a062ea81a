"""Working days between two days: Monday to Friday."""

from datetime import date, timedelta

SATURDAY = 5


def after(day: date, until: date) -> int:
    """How many working days lie after `day`, up to and with `until`. Zero when there are none."""
    span = (until - day).days
    if span <= 0:
        return 0
    weeks, rest = divmod(span, 7)
    return 5 * weeks + sum((day + timedelta(days=n)).weekday() < SATURDAY for n in range(1, rest + 1))
