"""Why teams will be late, in figures."""

from tests.reading import number, numbers
from tests.year.counts import Figures, one, rows
from tests.year.lists import Known
from tests.year.world import World


def risks(world: World, known: Known) -> None:
    """The figures in the reasons why a team will be late, and how many are expected to be."""
    ban, people = world.ban("Claude Code"), known["Claude Code"]
    table = [
        row
        for table in world.page(f"/bans/{ban.pk}/forecast/").tables()
        for row in table
        if "Expected to be late" in row
    ]
    assert table
    lacking = _lacking(ban.pk)
    for row in table:
        path = one(
            "SELECT path FROM people_team WHERE id = %(t)s", t=int(row["href"].partition("/teams/")[2].strip("/"))
        )
        own = [each for each in people if each.path == path]
        figures, why = Figures.of(own), row["Why"]
        if "unfinished people are blocked" in why:
            blocked, unfinished = numbers(why.partition(" unfinished people are blocked")[0])[-2:]
            assert (blocked, unfinished) == (figures.blocked, figures.open), row
        if "lack the same step" in why:
            have, begun = numbers(why.partition(" who have begun lack")[0])[-2:]
            assert begun == figures.started + figures.blocked, row
            title = why.partition("lack the same step: ")[2]
            assert any(title.startswith(step) and count == have for step, count in lacking[path].items()), row
        if "Nobody leads" in why:
            assert not one(
                "SELECT count(*) FROM people_membership m JOIN people_team t ON t.id = m.team_id "
                "JOIN people_user p ON p.id = m.user_id WHERE t.path = %(p)s AND m.role = 'lead' AND p.is_active",
                p=path,
            )
        short = one(
            "SELECT short FROM steering_forecast f JOIN people_team t ON t.id = f.team_id "
            "WHERE f.ban_id = %(b)s AND t.path = %(p)s ORDER BY day DESC LIMIT 1",
            b=ban.pk,
            p=path,
        )
        assert number(row["Expected to be late"]) == short <= figures.open + figures.waived, row


def _lacking(ban: int) -> dict[str, dict[str, int]]:
    """By team and required step, how many of those who have begun have not finished it."""
    found: dict[str, dict[str, int]] = {}
    for path, title, count in rows(
        """
        SELECT t.path, s.title, count(*) FROM planning_checklist c JOIN planning_migration g ON g.id = c.migration_id
        JOIN people_team t ON t.id = g.team_id
        JOIN planning_step s ON s.ban_id = c.ban_id AND s.per = 'person' AND s.required AND s.removed_at IS NULL
        WHERE c.ban_id = %(ban)s AND c.state IN ('started', 'blocked') AND NOT EXISTS (
            SELECT FROM planning_mark m
            WHERE m.checklist_id = c.id AND m.step_id = s.id AND m.state IN ('done', 'not_applicable'))
        GROUP BY 1, 2
        """,
        ban=ban,
    ):
        found.setdefault(path, {})[title] = count
    return found
