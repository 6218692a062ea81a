"""What people build on a tool, how far another carries it over, and the steps of the move: as data to draft bans from."""

from migration_planner.planning.playbooks.kinds import Option, Parameter, Phase, Playbook, Source, Step, Workflow
from migration_planner.planning.playbooks.library import all_playbooks, find, find_version, newer_than, shipped
from migration_planner.planning.playbooks.reading import InvalidPlaybook, read

__all__ = [
    "InvalidPlaybook",
    "Option",
    "Parameter",
    "Phase",
    "Playbook",
    "Source",
    "Step",
    "Workflow",
    "all_playbooks",
    "find",
    "find_version",
    "newer_than",
    "read",
    "shipped",
]
