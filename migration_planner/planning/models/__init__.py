from migration_planner.planning.models.bans import AudienceTeam, Ban, ScopeStatement
from migration_planner.planning.models.checklists import Checklist
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.marks import Mark
from migration_planner.planning.models.migrations import Assignment, Migration, ProgressDay
from migration_planner.planning.models.playbooks import PlaybookVersion
from migration_planner.planning.models.steps import Step, Workflow
from migration_planner.planning.models.tools import Tool
from migration_planner.planning.models.waivers import Waiver, WaiverDecision
from migration_planner.planning.models.waves import Wave, WaveDecision, WaveTeam

__all__ = [
    "Assignment",
    "AudienceTeam",
    "Ban",
    "Checklist",
    "Event",
    "Mark",
    "Migration",
    "PlaybookVersion",
    "ProgressDay",
    "ScopeStatement",
    "Step",
    "Tool",
    "Waiver",
    "WaiverDecision",
    "Wave",
    "WaveDecision",
    "WaveTeam",
    "Workflow",
]
