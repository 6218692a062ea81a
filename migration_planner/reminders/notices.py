"""A change of a ban in force is told once to the people it affects, as its event was written (see planning/changing.py)."""

from datetime import datetime

from django.db.models import Q

from migration_planner.planning.models import Event
from migration_planner.reminders.falling import Fall, Place, Window, first_hour
from migration_planner.reminders.models import Notice, Reminder
from migration_planner.reminders.places import of_keys
from migration_planner.reminders.statements import FALLS, columns, rows, run

#: Changes that people who still have something to do are told of.
TOLD_TO_UNFINISHED = [
    Event.Verb.CUTOFF_MOVED,
    Event.Verb.WAVES_CHANGED,
    Event.Verb.STEPS_CHANGED,
    Event.Verb.SCOPE_CHANGED,
]
TOLD = [
    *TOLD_TO_UNFINISHED, Event.Verb.PLAYBOOK_TAKEN, Event.Verb.GAP_FIXED, Event.Verb.WITHDRAWN, Event.Verb.REOPENED,
    Event.Verb.REGRESSED, Event.Verb.PROPOSED, Event.Verb.TEAM_DONE,
]  # fmt: skip

KINDS = {Event.Verb.WITHDRAWN: Reminder.Kind.WITHDRAWAL, Event.Verb.TEAM_DONE: Reminder.Kind.THANKS}

UNFINISHED = "checklist.state NOT IN ('done', 'stopped')"
#: The end of a ban is told to everybody who had a checklist.
COUNTED = "checklist.state <> 'stopped'"
#: That a ban is back concerns those, finished or not, who were told that it is not.
TOLD_OF_THE_END = """
    checklist.state <> 'stopped' AND EXISTS (
        SELECT FROM reminders_reminder AS ended WHERE ended.ban_id = checklist.ban_id
        AND ended.person_id = checklist.person_id AND ended.kind = 'withdrawal' AND ended.state = 'sent')
"""
#: A newer version of the playbook concerns those for whom it opened a step again, and everybody when it asks for a new one.
TOUCHED = f"""
    {UNFINISHED} AND (
        EXISTS (SELECT FROM planning_event AS taken WHERE taken.id = %(event)s AND taken.data -> 'everybody' = 'true')
        OR EXISTS (
            SELECT FROM planning_event AS reopened WHERE reopened.ban_id = checklist.ban_id AND reopened.id > %(event)s
            AND reopened.verb = 'step_reopened' AND reopened.person_id = checklist.person_id
            AND (reopened.data ->> 'taken')::bigint = %(event)s))
"""  # noqa: S608 - constants of this module
#: A gap that is fixed concerns those whose step it opened again; of a team step, whoever had blocked it, done or not.
UNBLOCKED = f"""
    checklist.state <> 'stopped' AND EXISTS (
        SELECT FROM planning_event AS fixed JOIN planning_event AS reopened
            ON reopened.gap_id = fixed.gap_id AND reopened.id > fixed.id AND reopened.verb = 'step_reopened'
        WHERE fixed.id = %(event)s AND (reopened.data ->> 'taken')::bigint = fixed.id
          AND reopened.person_id = checklist.person_id AND (reopened.migration_id IS NOT NULL OR {UNFINISHED}))
"""
#: A change of the waves concerns those whose team's deadline it moved, unless a later one has moved that again.
MOVED = f"""
    {UNFINISHED} AND EXISTS (SELECT FROM planning_migration AS migration
                             WHERE migration.id = checklist.migration_id AND migration.deadline_event_id = %(event)s)
"""
WHO = {
    Event.Verb.WAVES_CHANGED: MOVED,
    Event.Verb.WITHDRAWN: COUNTED,
    Event.Verb.REOPENED: TOLD_OF_THE_END,
    Event.Verb.PLAYBOOK_TAKEN: TOUCHED,
    Event.Verb.GAP_FIXED: UNBLOCKED,
}

#: Whose checklists a change concerns, as a relation `affected (id)` of people.
BY_CHECKLIST = (
    "SELECT checklist.person_id FROM planning_checklist AS checklist WHERE checklist.ban_id = %(ban)s AND {who}"
)
#: That a scan has found the old tool again concerns those whose steps it opens: leads (those of the team that reported, when
#: its teams have none), whom a lead has named, and each person whose own step it is.
BY_REGRESSION = """
    WITH back AS (
        SELECT evidence.migration_id, evidence.step_id, step.per, migration.team_id
        FROM planning_event AS event
        JOIN planning_migration AS migration ON migration.ban_id = event.ban_id AND migration.people > 0
        JOIN planning_evidence AS evidence ON evidence.migration_id = migration.id AND evidence.verdict = 'regressed'
         AND evidence.report_id = (event.data ->> 'report')::bigint AND evidence.set_aside_at IS NULL
        JOIN planning_step AS step ON step.id = evidence.step_id AND step.removed_at IS NULL
        WHERE event.id = %(event)s
    ), leads AS (
        SELECT led.user_id FROM people_membership AS led JOIN back ON back.team_id = led.team_id AND back.per = 'team'
        WHERE led.role = 'lead'
    )
    SELECT user_id FROM leads
    UNION SELECT led.user_id FROM planning_event AS event
        JOIN planning_report AS report ON report.id = (event.data ->> 'report')::bigint
        JOIN people_membership AS led ON led.team_id = report.team_id AND led.role = 'lead'
        WHERE event.id = %(event)s AND NOT EXISTS (SELECT FROM leads) AND EXISTS (SELECT FROM back)
    UNION SELECT named.person_id FROM planning_assignment AS named JOIN back USING (migration_id, step_id)
    UNION SELECT checklist.person_id FROM planning_checklist AS checklist
        JOIN back ON back.migration_id = checklist.migration_id AND back.per = 'person' WHERE checklist.state <> 'stopped'
"""
#: That a change waits for a second owner concerns the owners beside the one who proposed it (see planning/seconding.py).
BY_PROPOSAL = """
    SELECT owner.user_id FROM planning_event AS event JOIN planning_ban_owners AS owner ON owner.ban_id = event.ban_id
    WHERE event.id = %(event)s AND event.data -> 'second' = 'true' AND owner.user_id <> event.actor_id
"""
#: That a team is done is told to its leads, and to whoever stands in for one of them over it just then.
BY_TEAM = """
    WITH leads AS (
        SELECT led.user_id, led.team_id FROM planning_event AS event
        JOIN planning_migration AS migration ON migration.id = event.migration_id
        JOIN people_membership AS led ON led.team_id = migration.team_id AND led.role = 'lead'
        WHERE event.id = %(event)s
    )
    SELECT user_id FROM leads
    UNION SELECT substitution.substitute_id FROM leads JOIN people_user AS lead ON lead.id = leads.user_id AND lead.is_active
        JOIN people_substitution AS substitution ON substitution.lead_id = lead.id AND substitution.team_id = leads.team_id
        JOIN planning_event AS event ON event.id = %(event)s
        WHERE substitution.ended_at IS NULL AND event.at >= substitution.from_at AND event.at < substitution.until_at
"""

#: Whoever has yet to read the announcement reads the new state there; what waits for a word of theirs does not stand there.
NOTIFY = f"""
    WITH affected AS (
        SELECT person.id AS person_id, falls.day, falls.due_at, falls.rung,
               CASE WHEN person.email = '' OR person.address_refused_at IS NOT NULL THEN 'unreachable'
                    WHEN %(kind)s = 'change' AND %(is_news)s AND EXISTS (
                        SELECT FROM reminders_reminder AS first WHERE first.person_id = person.id
                        AND first.ban_id = %(ban)s AND first.kind = 'announcement' AND first.state = 'waiting'
                    ) THEN 'covered' ELSE '' END AS reason
        FROM ({{whom}}) AS whom (id) JOIN people_user AS person ON person.id = whom.id AND person.is_active
        JOIN {FALLS} ON falls.zone = person.zone AND falls.hour = person.reminder_hour
    )
    INSERT INTO reminders_reminder (person_id, ban_id, kind, rung, day, due_at, event_id, state, reason)
    SELECT person_id, %(ban)s, %(kind)s, rung, day, due_at, %(event)s,
           CASE WHEN reason = '' THEN 'waiting' ELSE 'suppressed' END, reason FROM affected
    ON CONFLICT (person_id, ban_id, rung, day) DO NOTHING
"""  # noqa: S608 - constants of this module


def derive(*, now: datetime) -> int:
    """Make the reminders of every change nobody has been told of. Returns how many."""
    decisions = Q(checklist__isnull=True, migration__isnull=True) | Q(verb=Event.Verb.REGRESSED)
    decisions |= Q(verb=Event.Verb.TEAM_DONE, data__is_news=True)
    news = Event.objects.filter(decisions, ban__isnull=False, verb__in=TOLD, at__lte=now)
    untold = news.exclude(pk__in=Notice.objects.values("event")).select_related("ban").order_by("pk")
    return sum(_notify(event) for event in untold)


def _notify(event: Event) -> int:
    ban = event.ban
    assert ban is not None  # noqa: S101 - `derive` asks for events about a ban
    window = Window.of(ban)
    kind = KINDS.get(Event.Verb(event.verb), Reminder.Kind.CHANGE)
    whom, about = _whom(event), {"ban": ban.pk, "event": event.pk}
    clocks = rows(f"SELECT DISTINCT zone, reminder_hour, 0 FROM people_user WHERE id IN ({whom})", **about)  # noqa: S608
    falling = [_fall(event, window, place) for place in of_keys(clocks)]
    is_news = event.verb != Event.Verb.PROPOSED
    people = run(NOTIFY.format(whom=whom), kind=str(kind), is_news=is_news, **about, **columns(falling))
    Notice.objects.create(event=event, people=people)
    return people


def _whom(event: Event) -> str:
    """The statement that finds whom a change concerns."""
    if event.verb == Event.Verb.REGRESSED:
        return BY_REGRESSION
    if event.verb == Event.Verb.PROPOSED:
        return BY_PROPOSAL
    if event.verb == Event.Verb.TEAM_DONE:
        return BY_TEAM
    return BY_CHECKLIST.format(who=WHO.get(Event.Verb(event.verb), UNFINISHED))


def _fall(event: Event, window: Window, place: Place) -> Fall:
    """What happened is told on any day of the week: the calendar does not matter."""
    due_at = first_hour(event.at, window.cutoff_at, place)
    return Fall(place.zone, place.hour, 0, f"change-{event.pk}", place.day(due_at), due_at, event.at)
