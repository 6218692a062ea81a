"""Who reports to whom in the invented company: to a lead of one's team, and leads to a lead of a team above."""

from collections.abc import Iterable, Mapping

Row = Mapping[str, str]


def of(rows: Iterable[Row]) -> dict[str, str]:
    """By address, the address of the line manager; nobody reports in a circle, and those at the top to nobody."""
    rows = list(rows)
    leads: dict[str, list[str]] = {}
    for row in rows:
        if row["role"] == "lead":
            leads.setdefault(row["team"], []).append(row["email"])
    found: dict[str, str] = {}
    for row in sorted((row for row in rows if row["home_team"] == "yes"), key=lambda row: (row["team"], row["email"])):
        manager = next((one for one in _above(row["team"], leads) if not _reports(one, row["email"], found)), "")
        if manager:
            found[row["email"]] = manager
    return found


def _above(path: str, leads: Mapping[str, list[str]]) -> Iterable[str]:
    """The leads of a team and of those above it, the nearest first."""
    while path:
        yield from leads.get(path, ())
        path = path.rpartition("/")[0]


def _reports(one: str, to: str, found: Mapping[str, str]) -> bool:
    """Whether `one` is, or reports over any number of levels to, the other."""
    while one and one != to:
        one = found.get(one, "")
    return one == to
