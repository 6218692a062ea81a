"""An organisation of any size, as a roster file: the same every time."""

import csv
from pathlib import Path

COLUMNS = ["email", "name", "team", "role", "home_team", "timezone", "language"]
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "America/New_York", "Asia/Kolkata", "Europe/London"]
FANOUT, ROOT, PEOPLE_PER_TEAM = 6, "Bench", 20


def team_paths(count: int) -> list[str]:
    """The first `count` teams of a tree in which each team has six below it: 10,000 teams are six levels deep."""
    paths = [ROOT]
    while len(paths) < count:
        above = paths[(len(paths) - 1) // FANOUT]
        paths.append(f"{above}/Team {len(paths)}")
    return paths


def write_roster(path: Path, people: int) -> int:
    """Write a roster of that many people, twenty to a team, the first of each team its lead. Returns the number of teams."""
    paths = team_paths(max(people // PEOPLE_PER_TEAM, 1))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(people):
            role = "lead" if number < len(paths) else "member"
            zone = ZONES[number % len(ZONES)]
            writer.writerow(
                [f"p{number}@bench.example", f"Person {number}", paths[number % len(paths)], role, "yes", zone, "en"]
            )
    return len(paths)
