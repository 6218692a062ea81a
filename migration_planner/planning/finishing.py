"""When a team is done: everybody counted in it has finished, and so have the steps it does once.

That follows from the counters, whoever changed them and by what; the clock writes it into history, once for a team and a ban,
even if the team is opened again and done again. That a checklist is done is written by the database itself, in the transaction in
which it becomes so: see the migration `checklists_that_are_done_are_history`.
"""

from dataclasses import dataclass
from datetime import datetime

from migration_planner.lib import lists, statements
from migration_planner.planning.models import Migration

#: The page names so many of those who have finished.
NAMED = 30
#: What was done so long before the clock saw it (an older version, a backup) is no news, so nobody is thanked by mail.
NEWS_FOR = "3 days"
#: Wants `migration` and `ban`.
IS_DONE = """
    migration.people > 0 AND migration.done = migration.people AND migration.finished_team_steps >= ban.required_team_steps
"""
#: The last thing that was finished. Wants `migration`.
SINCE = """
    greatest((SELECT max(checklist.done_at) FROM planning_checklist AS checklist
              WHERE checklist.migration_id = migration.id AND checklist.state = 'done'),
             (SELECT max(mark.at) FROM planning_mark AS mark WHERE mark.migration_id = migration.id))
"""
NOTE = f"""
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, migration_id, data)
    SELECT %(now)s, 'team_done', NULL, '', migration.ban_id, migration.id, jsonb_build_object(
               'people', migration.people, 'is_news', coalesce({SINCE} > %(now)s::timestamptz - interval '{NEWS_FOR}', false))
    FROM planning_migration AS migration JOIN planning_ban AS ban ON ban.id = migration.ban_id AND ban.state = 'published'
    WHERE {IS_DONE} AND NOT EXISTS (SELECT FROM planning_event AS known
                                    WHERE known.migration_id = migration.id AND known.verb = 'team_done')
    ORDER BY migration.id ON CONFLICT (migration_id) WHERE verb = 'team_done' DO NOTHING
"""  # noqa: S608 - constants of ours
FINISHED = f"""
    SELECT person.name, {SINCE}, count(*) OVER ()
    FROM planning_migration AS migration JOIN planning_ban AS ban ON ban.id = migration.ban_id
    JOIN planning_checklist AS checklist ON checklist.migration_id = migration.id AND checklist.state = 'done'
    JOIN people_user AS person ON person.id = checklist.person_id
    WHERE migration.id = %(migration)s AND {IS_DONE} ORDER BY person.name COLLATE "C", person.id LIMIT %(most)s
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Finished:
    """A team that is done: since when, and whose work it was, by name and in no other order; `more` are not named."""

    since: datetime
    names: tuple[str, ...]
    more: int

    @property
    def listed(self) -> str:
        return lists.listed(self.names)


def note(*, now: datetime) -> int:
    """Write down which teams are done. Safe to repeat, and to run twice at once. Returns how many were not known yet."""
    return statements.run(NOTE, now=now)


def of_team(migration: Migration) -> Finished | None:
    """Who has finished, of a team that is done; None of any other, of which nothing is asked."""
    if not migration.people or migration.done < migration.people or migration.open_team_steps:
        return None
    found = statements.rows(FINISHED, migration=migration.pk, most=NAMED)
    return Finished(found[0][1], tuple(row[0] for row in found), found[0][2] - len(found)) if found else None
