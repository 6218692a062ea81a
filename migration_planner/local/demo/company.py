"""Halden, a company that does not exist, as a roster file. Who shares a team with whom is real (see data/README.md)."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from migration_planner.local.demo import managers

ROSTER = Path(__file__).resolve().parents[1] / "data" / "roster.csv"
COLUMNS = ["email", "name", "team", "role", "home_team", "timezone", "language"]
ROOT = "Halden"
DIVISIONS = {
    "kubernetes": "Cloud",
    "kubernetes-sigs": "Product Engineering",
    "kubernetes-client": "Developer Tools",
    "kubernetes-csi": "Storage",
    "kubernetes-incubator": "Labs",
    "kubernetes-nightly": "Quality",
    "kubernetes-retired": "Archive",
    "etcd-io": "Data Services",
}
#: Words of the real team names that would point at somebody's product, and what stands for them here.
TELLING = re.compile(r"^(sig|wg|kubernetes|k8s|kube|etcd|csi|cncf|io)$")
#: People with a part to play in the tour; the last column is where they are counted.
CAST = [
    ("olga.lindqvist@halden.example", "Olga Lindqvist", "Europe/Berlin", "en"),
    ("amara.nwosu@halden.example", "Amara Nwosu", "Europe/London", "en"),
    ("wei.zhang@halden.example", "Wei Zhang", "Asia/Shanghai", "en"),
]


def roster_file(people: int | None = None, *, with_managers: bool = False) -> bytes:
    """The roster of Halden as a CSV file: 1,512 people in a tree of some 840 teams, seven levels deep.

    With `people` it is the first so many of them, or the whole company again and again in further regions; with managers each
    reports to a lead of their team or of one above it.
    """
    rows = list(_lines(people))
    columns = [*COLUMNS, "manager"] if with_managers else COLUMNS
    bosses = managers.of(rows) if with_managers else {}
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**row, "manager": bosses.get(row["email"], "")} for row in rows)
    return out.getvalue().encode()


def _lines(people: int | None) -> Iterator[dict[str, str]]:
    """The rows of everybody, or of the chosen ones, with new names; those with a part to play come last."""
    teams, addresses = _Teams(), _Addresses()
    for row in _rows(people - len(CAST) if people else None):
        yield {**row, "team": teams.renamed(row["team"]), "email": addresses.renamed(row["email"], row["name"])}
    for email, name, zone, language in CAST:
        yield dict(zip(COLUMNS, [email, name, ROOT, "member", "yes", zone, language], strict=True))


def _rows(people: int | None) -> Iterator[dict[str, str]]:
    whole = list(_of_region(0))
    size = len({row["email"] for row in whole})
    for region in range(-(-(people or size) // size)):
        wanted = size if people is None else min(people - region * size, size)
        rows = list(_of_region(region)) if region else whole
        chosen = None if wanted == size else _chosen(rows, wanted)
        yield from (row for row in rows if chosen is None or row["email"] in chosen)


def _chosen(rows: list[dict[str, str]], people: int) -> set[str]:
    """So many people: of one team after the other, in no order that means anything, its leads and whoever is at home there."""
    of_team: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row["role"] != "lead"):
        if row["role"] == "lead" or row["home_team"] == "yes":
            of_team.setdefault(row["team"], []).append(row["email"])
    teams = sorted(of_team, key=lambda path: sha256(path.encode()).hexdigest())
    everybody = dict.fromkeys(email for path in teams for email in of_team[path])
    return set(list(everybody)[:people])


def _of_region(number: int) -> Iterator[dict[str, str]]:
    """The rows of the file; of every region but the first with other people, in teams below one of its own."""
    with ROSTER.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if number:
                top, slash, rest = row["team"].partition("/")
                row |= {"email": f"{number}-{row['email']}", "team": f"{top}/region {number + 1}{slash}{rest}"}
            yield row


class _Teams:
    """Gives every team path a name of its own among its neighbours, always the same."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {"": ""}
        self.taken: set[str] = set()

    def renamed(self, path: str) -> str:
        if path not in self.known:
            above, _, name = path.rpartition("/")
            self.known[path] = self._free(self.renamed(above), _title(name, above)) if above else ROOT
        return self.known[path]

    def _free(self, above: str, title: str) -> str:
        for number in range(1, 100):
            path = f"{above}/{title}" if number == 1 else f"{above}/{title} {number}"
            if path not in self.taken:
                self.taken.add(path)
                return path
        raise ValueError(f"Too many teams are called {title} in {above}.")


def _title(name: str, above: str) -> str:
    if "/" not in above and name in DIVISIONS:
        return DIVISIONS[name]
    words = [word for word in re.split(r"[-_.]", name) if word and not TELLING.match(word)]
    return " ".join(word.upper() if len(word) <= 3 else word.capitalize() for word in words) or "Core"


class _Addresses:
    """Makes addresses of names; the second of a name gets a number."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.used = {row[0].partition("@")[0]: 1 for row in CAST}

    def renamed(self, email: str, name: str) -> str:
        if email not in self.known:
            plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
            local = ".".join(re.sub(r"[^a-z ]", "", plain.lower()).split())
            number = self.used[local] = self.used.get(local, 0) + 1
            self.known[email] = f"{local}{number if number > 1 else ''}@halden.example"
        return self.known[email]
