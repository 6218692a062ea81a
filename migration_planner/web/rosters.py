"""What a roster changes, as tables with their words."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import Membership, RosterImport, User
from migration_planner.people.roster.reasons import FIELDS
from migration_planner.planning.models import Ban

Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of change: its words, and which parts of a row stand under which heading."""

    key: str
    title: Promise
    about: Promise
    headings: tuple[tuple[str, Promise], ...]


@dataclass(frozen=True)
class Changes:
    """The changes of one kind: how many, and the first of them, cell by cell with the heading of each."""

    kind: Kind
    count: int
    rows: list[list[tuple[str, str]]]

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


PERSON, ADDRESS, TEAM = ("name", _("Person")), ("email", _("Address")), ("team", _("Team"))
BEFORE, AFTER = ("before", _("Before")), ("after", _("After"))
KINDS = [
    Kind(
        "joiners",
        _("Joiners"),
        _("People who are new, or who come back."),
        (PERSON, ADDRESS, ("team", _("Home team"))),
    ),
    Kind(
        "leavers",
        _("Leavers"),
        _("They cannot sign in any more; their checklists and mail stop."),
        (PERSON, ADDRESS, TEAM),
    ),
    Kind(
        "movers",
        _("Movers"),
        _("Another home team; their checklists move along."),
        (PERSON, ADDRESS, BEFORE, AFTER),
    ),
    Kind(
        "changed_fields",
        _("Changed fields"),
        _("What the file says differently of people."),
        (ADDRESS, ("field", _("Field")), BEFORE, AFTER),
    ),
    Kind(
        "memberships_added",
        _("New memberships"),
        _("Places in a team, those of joiners included."),
        (ADDRESS, TEAM, ("role", _("Role"))),
    ),
    Kind(
        "memberships_removed",
        _("Ended memberships"),
        _("Places that the file does not name for a person it names, and those of leavers."),
        (ADDRESS, TEAM),
    ),
    Kind(
        "memberships_changed",
        _("Changed roles"),
        _("From member to lead, or back."),
        (ADDRESS, TEAM, BEFORE, AFTER),
    ),
    Kind("new_teams", _("New teams"), _("Those above them included."), (TEAM,)),
    Kind("emptied_teams", _("Emptied teams"), _("Nobody belongs to them any more; their history stays."), (TEAM,)),
]


@dataclass(frozen=True)
class BanRow:
    """What becomes of one ban in force; `visible` is whether the reader may open it."""

    ban: int
    name: str
    stopped: int
    joined: int
    returned: int
    left: int
    visible: bool

    @property
    def is_emptied(self) -> bool:
        return bool(self.stopped) and not self.left


#: What is done at the moment, by the word that the import carries.
PROGRESS = {
    "checking": _("Checking the rows and comparing them with the roster in force"),
    "teams": _("Adding teams"),
    "people": _("Writing people"),
    "memberships": _("Writing memberships"),
    "checklists": _("Bringing the checklists of published bans up to date"),
}


def changes(import_: RosterImport) -> list[Changes]:
    """Every kind of change, those that do not occur included."""
    counts, first = import_.comparison.get("counts", {}), import_.comparison.get("first", {})
    return [
        Changes(kind, counts.get(kind.key, 0), [_cells(kind, row) for row in first.get(kind.key, [])]) for kind in KINDS
    ]


def bans(import_: RosterImport, reader: User) -> list[BanRow]:
    """Each ban in force whose checklists the roster changes. One query."""
    found = import_.comparison.get("bans", [])
    seen = set(Ban.objects.visible_to(reader).filter(pk__in=[row["ban"] for row in found]).values_list("pk", flat=True))
    return [BanRow(**row, visible=row["ban"] in seen) for row in found]


def doing(import_: RosterImport) -> str:
    if import_.state == RosterImport.State.UPLOADED:
        return str(PROGRESS["checking"])
    if import_.state == RosterImport.State.REQUESTED:
        return _t("Waiting for its turn")
    return str(PROGRESS.get(import_.progress, PROGRESS["checking"]))


def _cells(kind: Kind, row: Row) -> list[tuple[str, str]]:
    return [(str(heading), _words(part, row)) for part, heading in kind.headings]


def _words(part: str, row: Row) -> str:
    value = str(row.get(part) or "")
    if part == "field":
        return str(FIELDS.get(value, value))
    if part == "name" and row.get("returns"):
        return _t("%(name)s (comes back)") % {"name": value}
    if value in Membership.Role.values:
        return str(Membership.Role(value).label)
    return value
