"""Playbooks: data for a pair of tools, from which a ban is drafted. Files in data/, checked when they are read."""

from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import listed
from migration_planner.planning.playbooks.kinds import Option, Parameter, Playbook, Source, Step, Workflow
from migration_planner.planning.playbooks.reading import InvalidPlaybook, read

__all__ = [
    "InvalidPlaybook",
    "Option",
    "Parameter",
    "Playbook",
    "Source",
    "Step",
    "Workflow",
    "all_playbooks",
    "find",
    "read",
]

DATA = Path(__file__).parent / "data"


@cache
def all_playbooks() -> tuple[Playbook, ...]:
    """Every playbook that ships, in the order of their slugs. Raises InvalidPlaybook when a file is wrong."""
    return tuple(read(path) for path in sorted(DATA.glob("*.yaml")))


def find(slug: str) -> Playbook:
    """The playbook of that slug. Raises DomainError, naming those that exist, when there is none."""
    for playbook in all_playbooks():
        if playbook.slug == slug:
            return playbook
    known = listed(playbook.slug for playbook in all_playbooks())
    raise DomainError(
        _t("There is no playbook called “%(slug)s”. Choose one of: %(known)s.") % {"slug": slug, "known": known}
    )
