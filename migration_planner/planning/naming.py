"""From what people type to the rows they mean: teams by path, people by address. What is not found is named, with near names."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.db.models import Q
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import listed
from migration_planner.people.models import Team, User

#: Names are compared with no more than so many candidates, however large the company is.
CANDIDATES = 500


def teams_at(paths: Iterable[str]) -> list[Team]:
    """The teams at these paths, in their order. Raises DomainError for the first that does not exist."""
    wanted = [path.strip().strip("/") for path in paths]
    found = {team.path: team for team in Team.objects.filter(path__in=wanted)}
    for path in wanted:
        if path not in found:
            raise DomainError(_no_team(path, _near_paths(path)))
    return [found[path] for path in dict.fromkeys(wanted)]


def people_at(addresses: Iterable[str]) -> list[User]:
    """The active people with these addresses, in their order. Raises DomainError naming those who are not there."""
    wanted = list(dict.fromkeys(address.strip().lower() for address in addresses if address.strip()))
    found = {user.email: user for user in User.objects.active().filter(email__in=wanted)}
    if unknown := [address for address in wanted if address not in found]:
        raise DomainError(
            _t(
                "Nobody with the address %(addresses)s is in the roster. Check the spelling, or import the roster first."
            )
            % {"addresses": listed(unknown)}
        )
    return [found[address] for address in wanted]


def _near_paths(path: str) -> Sequence[str]:
    """Paths that look like the one given: the same name elsewhere, and names beside the place where it leaves the tree."""
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    known = Team.objects.filter(path__in=above).order_by("-depth").first()
    beside = Q(parent=known) if known else Q(depth=0)
    candidates = list(
        Team.objects.filter(beside | Q(name__iexact=parts[-1]))
        .order_by("path")
        .values_list("path", flat=True)[:CANDIDATES]
    )
    namesakes = [other for other in candidates if other.rpartition("/")[2].lower() == parts[-1].lower()]
    return list(dict.fromkeys([*namesakes, *get_close_matches(path, candidates, n=3, cutoff=0.5)]))[:3]


def _no_team(path: str, near: Sequence[str]) -> str:
    if not near:
        return _t("There is no team “%(path)s”. Write the path from the root, such as Company/Division/Team.") % {
            "path": path
        }
    return _t("There is no team “%(path)s”. Did you mean %(near)s?") % {"path": path, "near": listed(near)}
