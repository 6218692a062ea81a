"""A change of a ban in force is told once to the people it affects, as its event was written (see planning/changing.py)."""

from datetime import datetime

from migration_planner.planning.models import Event
from migration_planner.reminders.falling import Fall, Place, Window, first_hour
from migration_planner.reminders.models import Notice
from migration_planner.reminders.places import of_keys
from migration_planner.reminders.statements import FALLS, columns, rows, run

#: Changes that people who still have something to do are told of.
TOLD_TO_UNFINISHED = [
    Event.Verb.CUTOFF_MOVED,
    Event.Verb.WAVES_CHANGED,
    Event.Verb.STEPS_CHANGED,
    Event.Verb.SCOPE_CHANGED,
]
TOLD = [*TOLD_TO_UNFINISHED, Event.Verb.PLAYBOOK_TAKEN, Event.Verb.WITHDRAWN, Event.Verb.REOPENED]

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
}

#: Whoever has yet to read the announcement reads the new state there.
NOTIFY = f"""
    WITH affected AS (
        SELECT person.id AS person_id, falls.day, falls.due_at, falls.rung,
               CASE WHEN person.email = '' OR person.address_refused_at IS NOT NULL THEN 'unreachable'
                    WHEN %(kind)s = 'change' AND EXISTS (
                        SELECT FROM reminders_reminder AS first WHERE first.person_id = person.id
                        AND first.ban_id = %(ban)s AND first.kind = 'announcement' AND first.state = 'waiting'
                    ) THEN 'covered' ELSE '' END AS reason
        FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
        JOIN {FALLS} ON falls.zone = person.zone AND falls.hour = person.reminder_hour
        WHERE checklist.ban_id = %(ban)s AND person.is_active AND {{who}}
    )
    INSERT INTO reminders_reminder (person_id, ban_id, kind, rung, day, due_at, event_id, state, reason)
    SELECT person_id, %(ban)s, %(kind)s, rung, day, due_at, %(event)s,
           CASE WHEN reason = '' THEN 'waiting' ELSE 'suppressed' END, reason FROM affected
    ON CONFLICT (person_id, ban_id, rung, day) DO NOTHING
"""  # noqa: S608 - constants of this module


def derive(*, now: datetime) -> int:
    """Make the reminders of every change nobody has been told of. Returns how many."""
    decisions = Event.objects.filter(ban__isnull=False, checklist__isnull=True, migration__isnull=True)
    news = decisions.filter(verb__in=TOLD, at__lte=now)
    untold = news.exclude(pk__in=Notice.objects.values("event")).select_related("ban").order_by("pk")
    return sum(_notify(event) for event in untold)


def _notify(event: Event) -> int:
    ban = event.ban
    assert ban is not None  # noqa: S101 - `derive` asks for events about a ban
    window = Window.of(ban)
    kind = "withdrawal" if event.verb == Event.Verb.WITHDRAWN else "change"
    clocks = rows(
        "SELECT DISTINCT zone, reminder_hour, 0 FROM people_user WHERE id IN "
        "(SELECT person_id FROM planning_checklist WHERE ban_id = %(ban)s)",
        ban=ban.pk,
    )
    falling = [_fall(event, window, place) for place in of_keys(clocks)]
    who = WHO.get(Event.Verb(event.verb), UNFINISHED)
    people = run(NOTIFY.format(who=who), ban=ban.pk, kind=kind, event=event.pk, **columns(falling))
    Notice.objects.create(event=event, people=people)
    return people


def _fall(event: Event, window: Window, place: Place) -> Fall:
    """What happened is told on any day of the week: the calendar does not matter."""
    due_at = first_hour(event.at, window.cutoff_at, place)
    return Fall(place.zone, place.hour, 0, f"change-{event.pk}", place.day(due_at), due_at, event.at)
