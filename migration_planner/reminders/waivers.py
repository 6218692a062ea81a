"""Who hears of a waiver: that it was decided, and fourteen and three days before it ends.

Reminders like all others: planned rows, one mail a day, cancelled with a reason when the waiver is not what it was. A waiver's
end is told to the person, to whoever asked for it and granted it, and to the leads of the team; a decision to the person and
to whoever asked. See docs/decisions/0014-waivers.md.
"""

from datetime import datetime, timedelta
from typing import Any

from migration_planner.people import calendars
from migration_planner.reminders.falling import Fall, Place, first_hour
from migration_planner.reminders.places import of_keys
from migration_planner.reminders.statements import FALLS, columns, rows, run

#: Days before the last day of a waiver on which everybody concerned hears of it.
BEFORE_THE_END = (14, 3)
#: What is older than this was not told in time, and is not told any more.
TOLD_WITHIN = timedelta(days=3)

#: By what a reminder calls its rung: the state the waiver has to be in for the word to be true.
TRUE_IN = {
    "14": "granted",
    "3": "granted",
    "granted": "granted",
    "refused": "refused",
    "questioned": "questioned",
    "revoked": "revoked",
}

#: Whoever has to do with the end of a waiver in force.
CONCERNED = """
    SELECT waiver.id AS waiver_id, waiver.ban_id, waiver.granted_at, waiver.until_at AS at, reader.id AS person_id
    FROM planning_waiver AS waiver JOIN planning_ban AS ban ON ban.id = waiver.ban_id AND ban.state = 'published'
    JOIN planning_checklist AS checklist
      ON checklist.id = waiver.checklist_id AND checklist.state NOT IN ('done', 'stopped')
    JOIN LATERAL (
        SELECT waiver.person_id AS id UNION SELECT waiver.requested_by_id UNION SELECT waiver.granted_by_id
        UNION SELECT led.user_id FROM planning_migration AS migration JOIN people_membership AS led
              ON led.team_id = migration.team_id AND led.role = 'lead' WHERE migration.id = checklist.migration_id
    ) AS reader ON true
    WHERE waiver.state = 'granted' AND waiver.until_at > %(now)s AND waiver.until_at < %(until)s
"""
#: Decisions of the last days, and to whom they matter: not to whoever made them.
DECIDED = """
    SELECT waiver.id AS waiver_id, waiver.ban_id, said.id AS decision_id, said.at, reader.id AS person_id,
           CASE said.verdict WHEN 'approved' THEN 'granted' ELSE said.verdict END AS word
    FROM planning_waiverdecision AS said JOIN planning_waiver AS waiver ON waiver.id = said.waiver_id
    JOIN planning_ban AS ban ON ban.id = waiver.ban_id AND ban.state = 'published'
    JOIN LATERAL (SELECT waiver.person_id AS id UNION SELECT waiver.requested_by_id) AS reader ON reader.id <> said.by_id
    WHERE said.at > %(since)s AND said.at <= %(now)s
      AND (said.verdict IN ('questioned', 'refused', 'revoked') OR said.verdict = 'approved' AND said.level = 'owner')
"""
WHERE_THEY_ARE = f"""
    SELECT DISTINCT person.zone, person.reminder_hour, {calendars.NUMBER} AS calendar, told.at
    FROM ({{told}}) AS told JOIN people_user AS person ON person.id = told.person_id AND person.is_active {calendars.JOINED}
"""  # noqa: S608 - constants of this package
TELL = f"""
    INSERT INTO reminders_reminder (person_id, ban_id, kind, rung, day, due_at, reckoned_from, waiver_id, state, reason)
    SELECT found.person_id, found.ban_id, 'waiver', found.rung, found.day, found.due_at, found.at, found.waiver_id,
           CASE WHEN found.unreachable THEN 'suppressed' ELSE 'waiting' END,
           CASE WHEN found.unreachable THEN 'unreachable' ELSE '' END
    FROM (
        SELECT told.*, falls.day, falls.due_at, {{rung}} AS rung,
               person.email = '' OR person.address_refused_at IS NOT NULL AS unreachable
        FROM ({{told}}) AS told JOIN people_user AS person ON person.id = told.person_id AND person.is_active
        {calendars.JOINED}
        JOIN {FALLS} ON falls.zone = person.zone AND falls.hour = person.reminder_hour
                    AND falls.calendar = {calendars.NUMBER} AND falls.reckoned_from = told.at
    ) AS found
    WHERE {{when}} AND NOT EXISTS (
        SELECT FROM reminders_reminder AS known WHERE known.person_id = found.person_id AND known.ban_id = found.ban_id
        AND known.rung = found.rung)
    ON CONFLICT (person_id, ban_id, rung, day) DO NOTHING
"""  # noqa: S608 - as above
OF_ENDS = TELL.format(
    told=CONCERNED,
    rung="'waiver-' || falls.rung || '-' || told.waiver_id",
    when="found.due_at >= found.granted_at AND found.due_at >= %(since)s AND found.due_at < %(ahead)s",
)
OF_DECISIONS = TELL.format(
    told=DECIDED, rung="'waiver-' || told.word || '-' || told.waiver_id || '-' || told.decision_id", when="true"
)


def word_of(rung: str) -> str:
    """Which word about a waiver a rung carries: one of `TRUE_IN`."""
    return [*rung.split("-"), ""][1]


def derive(*, now: datetime, ahead: timedelta) -> int:
    """Make the reminders about waivers that end, and about decisions nobody was told of. Returns how many."""
    until = now + ahead + timedelta(days=max(BEFORE_THE_END) + 7)  # a day off moves a word to the working day before
    values: dict[str, Any] = {"now": now, "until": until, "since": now - TOLD_WITHIN, "ahead": now + ahead}
    ends = [(place, at) for place, at in _places(CONCERNED, values)]
    falling = [_before(days, at, place) for place, at in ends for days in BEFORE_THE_END]
    told = run(OF_ENDS, **values, **columns(falling)) if falling else 0
    news = [_news(at, place) for place, at in _places(DECIDED, values)]
    return told + (run(OF_DECISIONS, **values, **columns(news)) if news else 0)


def _places(told: str, values: dict[str, Any]) -> list[tuple[Place, datetime]]:
    """Where the readers are, with the instant they hear about: as many rows as differ, not as there are people."""
    found = rows(WHERE_THEY_ARE.format(told=told), **values)
    places = of_keys((zone, hour, calendar) for zone, hour, calendar, _at in found)
    return [(place, row[-1]) for place, row in zip(places, found, strict=True)]


def _before(days: int, end: datetime, place: Place) -> Fall:
    """So many days before the last day where the reader is; on a day off, the working day before it."""
    day = place.day(end - timedelta(seconds=1)) - timedelta(days=days)
    day = day if place.days.is_working(day) else place.days.previous(day)
    return Fall(place.zone, place.hour, place.calendar, str(days), day, place.instant(day), end)


def _news(at: datetime, place: Place) -> Fall:
    due_at = first_hour(at, at, place)
    return Fall(place.zone, place.hour, place.calendar, "news", place.day(due_at), due_at, at)
