"""Halden, a company that does not exist, as a roster file. Who shares a team with whom is real (see data/README.md)."""

import csv
import io
import re
import unicodedata
from pathlib import Path

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


def roster_file() -> bytes:
    """The roster of Halden as a CSV file: 1,512 people in a tree of some 840 teams, seven levels deep."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    teams, addresses = _Teams(), _Addresses()
    with ROSTER.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            writer.writerow(
                {**row, "team": teams.renamed(row["team"]), "email": addresses.renamed(row["email"], row["name"])}
            )
    for email, name, zone, language in CAST:
        values = [email, name, ROOT, "member", "yes", zone, language]
        writer.writerow(dict(zip(COLUMNS, values, strict=True)))
    return out.getvalue().encode()


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
