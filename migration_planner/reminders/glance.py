"""What there is to say of a ban, a team or a checklist at all: asked in one statement, so that a page asks nothing further
whose answer is nothing. Most teams have no report, no gap and nobody out of reach; each such question cost a page 1–3 ms.
"""

from dataclasses import dataclass

from django.db import connection

from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist, Migration, Waiver
from migration_planner.planning.standing import PART
from migration_planner.reminders.statements import rows

SCANS = """
    EXISTS (SELECT FROM planning_workflow AS workflow
            WHERE workflow.ban_id = %(ban)s AND workflow.removed_at IS NULL AND workflow.detectors <> '[]')
"""
SIGNALS = "EXISTS (SELECT FROM planning_signalsource AS source WHERE source.tool_id IN (%(tool)s, %(replacement)s))"
GAPS = """
    EXISTS (SELECT FROM planning_gap AS gap
            WHERE gap.ban_id = %(ban)s AND gap.merged_into_id IS NULL AND gap.state <> 'fixed')
"""
SNOOZES = """
    EXISTS (SELECT FROM reminders_snooze AS snooze JOIN planning_checklist AS checklist ON checklist.id = snooze.checklist_id
            WHERE checklist.ban_id = %(ban)s)
"""
EVIDENCE = "EXISTS (SELECT FROM planning_evidence AS evidence WHERE evidence.migration_id = %(migration)s)"
REPORTS = """
    EXISTS (SELECT FROM planning_report AS report JOIN people_team AS team ON team.id = report.team_id
            WHERE report.is_latest AND team.path = ANY(%(ways)s))
"""
#: Few are, so they are found from the side of the people.
UNREACHABLE = f"""
    EXISTS (SELECT FROM people_user AS person
            JOIN planning_checklist AS checklist ON checklist.person_id = person.id AND checklist.ban_id = %(ban)s
            JOIN planning_migration AS migration ON migration.id = checklist.migration_id
            WHERE person.is_active AND (person.email = '' OR person.address_refused_at IS NOT NULL)
              AND checklist.state <> 'stopped' AND {PART})
"""
#: Somebody stands in for a lead of this very team, or is going to.
SUBSTITUTES = """
    EXISTS (SELECT FROM people_substitution AS substitution
            WHERE substitution.team_id = %(team)s AND substitution.ended_at IS NULL AND substitution.until_at > now())
"""
ASKED = """
    EXISTS (SELECT FROM planning_contradiction AS contradiction
            WHERE contradiction.checklist_id = %(checklist)s AND contradiction.closed_at IS NULL)
"""
WAIVERS = "EXISTS (SELECT FROM planning_waiver AS waiver WHERE waiver.checklist_id = %(checklist)s)"
RETURNED = """
    EXISTS (SELECT FROM planning_event AS event WHERE event.checklist_id = %(checklist)s
            AND (event.verb = 'mark_returned' OR event.verb = 'step_reopened' AND event.gap_id IS NOT NULL))
"""
COMMENTS = "EXISTS (SELECT FROM planning_comment AS comment WHERE comment.checklist_id = %(checklist)s)"
ACKNOWLEDGED = """
    (SELECT max(statement.version) FROM planning_acknowledgement AS said
     JOIN planning_scopestatement AS statement ON statement.id = said.statement_id WHERE said.checklist_id = %(checklist)s)
"""
PROPOSALS = (
    "EXISTS (SELECT FROM planning_proposal AS proposal WHERE proposal.ban_id = %(ban)s AND proposal.state = 'open')"
)
DEAD_HOOKS = """
    EXISTS (SELECT FROM reminders_hook AS hook
            WHERE hook.ban_id = %(ban)s AND hook.removed_at IS NULL AND hook.off NOT IN ('', 'switched'))
"""
COMMENTS_OF_BAN = "EXISTS (SELECT FROM planning_comment AS comment WHERE comment.ban_id = %(ban)s)"
OF_BAN = f"SELECT {SCANS}, {SIGNALS}, {PROPOSALS}, {DEAD_HOOKS}"
OF_TEAM = f"SELECT {SCANS}, {SIGNALS}, {GAPS}, {SNOOZES}, {EVIDENCE}, {REPORTS}, {UNREACHABLE}, {SUBSTITUTES}, {COMMENTS_OF_BAN}"
OF_CHECKLIST = f"SELECT {SCANS}, {GAPS}, {EVIDENCE}, {ASKED}, {WAIVERS}, {RETURNED}, {COMMENTS}, {ACKNOWLEDGED}"


#: `waivers`: those that wait for the person, as a statement.
OF_PERSON = """
    SELECT (SELECT count(*) FROM ({waivers}) AS waiting)::int, EXISTS (
        SELECT FROM reminders_reminder AS told JOIN planning_ban AS ban ON ban.id = told.ban_id AND ban.state = 'published'
        WHERE told.person_id = %s AND told.kind = 'escalation' AND told.state = 'sent')
"""


@dataclass(frozen=True)
class OfPerson:
    """How many waivers wait for somebody's decision, and whether people below them were escalated to them."""

    to_decide: int
    escalated: bool


@dataclass(frozen=True)
class OfBan:
    """Whether scans can find anything of the ban, a source has reported of either tool, a proposal waits, and a webhook takes
    nothing any more."""

    scans: bool
    signals: bool
    proposals: bool
    dead_hooks: bool


@dataclass(frozen=True)
class OfTeam:
    """The same, and whether the ban knows gaps and snoozes, whether scans have spoken about the team, reports speak for it, and
    somebody in it or below is out of reach, or stands in for a lead of it; and whether there are comments under the ban."""

    scans: bool
    signals: bool
    gaps: bool
    snoozes: bool
    evidence: bool
    reports: bool
    unreachable: bool
    substitutes: bool
    comments: bool


@dataclass(frozen=True)
class OfChecklist:
    """Whether scans can find anything of the ban, there are gaps, scans have spoken about the team, the person is asked about a
    contradiction, has asked for waivers, and got a mark returned or a gap fixed, and there are comments; and the newest version
    of the scope statement they have acknowledged."""

    scans: bool
    gaps: bool
    evidence: bool
    asked: bool
    waivers: bool
    returned: bool
    comments: bool
    acknowledged: int | None


def of_person(person: User) -> OfPerson:
    waivers, values = Waiver.objects.to_decide_by(person).order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(OF_PERSON.format(waivers=waivers), [*values, person.pk])
        return OfPerson(*cursor.fetchone())


def of_ban(ban: Ban) -> OfBan:
    return OfBan(*rows(OF_BAN, ban=ban.pk, tool=ban.tool_id, replacement=ban.replacement_id)[0])


def of_team(migration: Migration) -> OfTeam:
    ban, parts = migration.ban, migration.path.split("/")
    ways = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    about = {"tool": ban.tool_id, "replacement": ban.replacement_id, "team": migration.team_id, "ways": ways}
    return OfTeam(*rows(OF_TEAM, ban=ban.pk, migration=migration.pk, path=migration.path, **about)[0])


def of_checklist(checklist: Checklist) -> OfChecklist:
    named = {"ban": checklist.ban_id, "migration": checklist.migration_id, "checklist": checklist.pk}
    return OfChecklist(*rows(OF_CHECKLIST, **named)[0])
