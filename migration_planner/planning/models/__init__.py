from migration_planner.planning.models.acknowledgements import Acknowledgement
from migration_planner.planning.models.bans import AudienceTeam, Ban, ScopeStatement
from migration_planner.planning.models.checklists import Checklist
from migration_planner.planning.models.comments import Comment
from migration_planner.planning.models.contradictions import Contradiction
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.evidence import Evidence
from migration_planner.planning.models.frozen import AtCutoff, PersonAtCutoff, TeamAtCutoff
from migration_planner.planning.models.gaps import Gap, GapVote
from migration_planner.planning.models.marks import Mark
from migration_planner.planning.models.migrations import Assignment, Migration, ProgressDay
from migration_planner.planning.models.playbooks import PlaybookVersion
from migration_planner.planning.models.proposals import Proposal
from migration_planner.planning.models.reports import Report, ReportToken, Trace
from migration_planner.planning.models.signals import Side, Signal, SignalSource, Use, UseCount
from migration_planner.planning.models.steps import Step, Workflow
from migration_planner.planning.models.tokens import AccessToken
from migration_planner.planning.models.tools import Tool
from migration_planner.planning.models.waivers import Waiver, WaiverDecision
from migration_planner.planning.models.waves import Wave, WaveDecision, WaveTeam

__all__ = [
    "AccessToken",
    "Acknowledgement",
    "Assignment",
    "AtCutoff",
    "AudienceTeam",
    "Ban",
    "Checklist",
    "Comment",
    "Contradiction",
    "Event",
    "Evidence",
    "Gap",
    "GapVote",
    "Mark",
    "Migration",
    "PersonAtCutoff",
    "PlaybookVersion",
    "ProgressDay",
    "Proposal",
    "Report",
    "ReportToken",
    "ScopeStatement",
    "Side",
    "Signal",
    "SignalSource",
    "Step",
    "TeamAtCutoff",
    "Tool",
    "Trace",
    "Use",
    "UseCount",
    "Waiver",
    "WaiverDecision",
    "Wave",
    "WaveDecision",
    "WaveTeam",
    "Workflow",
]
