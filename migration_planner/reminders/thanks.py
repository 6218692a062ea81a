"""Which teams a mail thanks its reader for."""

from collections.abc import Sequence
from dataclasses import dataclass

from migration_planner.planning.finishing import IS_DONE
from migration_planner.reminders.statements import rows


@dataclass(frozen=True)
class Done:
    """A team that the reader leads, or in which they stand in for `for_name`: so many people have moved."""

    team_id: int
    name: str
    people: int
    for_name: str = ""


#: Of leads there is no name beside theirs; of a substitute that of the lead.
TOLD = """
    SELECT reminder.id, team.id, team.name, migration.people, coalesce((
               SELECT lead.name FROM people_substitution AS substitution
               JOIN people_user AS lead ON lead.id = substitution.lead_id
               WHERE substitution.team_id = team.id AND substitution.substitute_id = reminder.person_id
                 AND substitution.ended_at IS NULL AND event.at >= substitution.from_at AND event.at < substitution.until_at
                 AND NOT EXISTS (SELECT FROM people_membership AS own WHERE own.user_id = reminder.person_id
                                 AND own.team_id = team.id AND own.role = 'lead')
               ORDER BY lead.name LIMIT 1), '')
    FROM reminders_reminder AS reminder
    JOIN planning_event AS event ON event.id = reminder.event_id
    JOIN planning_migration AS migration ON migration.id = event.migration_id
    JOIN people_team AS team ON team.id = migration.team_id
    WHERE reminder.id = ANY(%(reminders)s) ORDER BY team.path
"""
#: The team that the reminder thanks for is done still. Wants `reminder`.
STILL_DONE = f"""
    EXISTS (SELECT FROM planning_event AS thanked JOIN planning_migration AS migration ON migration.id = thanked.migration_id
            JOIN planning_ban AS ban ON ban.id = migration.ban_id WHERE thanked.id = reminder.event_id AND {IS_DONE})
"""


def finished(reminders: Sequence[int]) -> dict[int, Done]:
    """By reminder, the team that is done. Asks nothing of nobody."""
    found = rows(TOLD, reminders=list(reminders)) if reminders else []
    return {reminder: Done(*rest) for reminder, *rest in found}
