"""Why teams will be late, in figures."""

from collections import Counter, defaultdict
from datetime import timedelta

from tests.reading import number, numbers
from tests.year import counts
from tests.year.counts import Figures, one, rows
from tests.year.lists import Known
from tests.year.world import END, World


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
    standing, ending = _standing(ban.pk), dict(rows(ENDING, ban=ban.pk, soon=END + timedelta(days=3)))
    for row in table:
        path = one(
            "SELECT path FROM people_team WHERE id = %(t)s", t=int(row["href"].partition("/teams/")[2].strip("/"))
        )
        own = [each for each in people if each.path == path]
        figures, why = Figures.of(own), row["Why"]
        if "unfinished people are blocked" in why:
            blocked, unfinished = numbers(why.partition(" unfinished people are blocked")[0])[-2:]
            assert (blocked, unfinished) == (figures.blocked, figures.open), row
        if "stand at the same step" in why:
            have, begun = numbers(why.partition(" who have begun stand")[0])[-2:]
            assert begun == figures.started + figures.blocked, row
            title = why.partition("stand at the same step: ")[2]
            assert any(title.startswith(step) and count == have for step, count in standing[path].items()), row
        assert ("within 3 days" in why) == bool(ending.get(path)), row
        if path in ending:
            assert numbers(why.partition(" within 3 days")[0])[-1] == ending[path], row
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


#: By team, whose waivers end so soon, of those who are not done.
ENDING = """
    SELECT t.path, count(*) FROM planning_waiver w JOIN planning_checklist c ON c.id = w.checklist_id
    JOIN planning_migration g ON g.id = c.migration_id JOIN people_team t ON t.id = g.team_id
    WHERE w.ban_id = %(ban)s AND w.state = 'granted' AND w.until_at <= %(soon)s AND c.done_at IS NULL AND c.stopped_why = ''
    GROUP BY 1
"""


def _standing(ban: int) -> dict[str, Counter[str]]:
    """By team and required step, of how many who have begun it is the first that they have not finished."""
    order = {step: (place, title) for step, place, title in rows(
        "SELECT id, position, title FROM planning_step WHERE ban_id = %(ban)s", ban=ban
    )}  # fmt: skip
    begun = {each.checklist: each.path for each in counts.people(ban) if each.state in ("started", "blocked")}
    open_: dict[int, list[tuple[int, str]]] = {}
    for checklist, step, _scan, _workflow, state, verified, must in rows(counts.STEPS, ban=ban):
        if checklist in begun and not (state in ("done", "not_applicable") and (verified or not must)):
            open_.setdefault(checklist, []).append(order[step])
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for checklist, steps in open_.items():
        found[begun[checklist]][min(steps)[1]] += 1
    return found
