"""Every figure that a page shows of people and teams is the one that a count of our own gives, over a quarter of four bans."""

from typing import Any

from tests.reading import Node, number, numbers
from tests.year import counts
from tests.year.counts import Figures, Person, one, rows
from tests.year.world import World

LIVE = ["PixelNote", "Claude Code", "PaperTrail"]
#: So many teams are looked at, the largest ones.
MOST_TEAMS = 20
ALL = [*LIVE, "QuickSketch"]


def shown(page: Node) -> dict[str, Any]:
    """The figures at the top of a page about progress."""
    found = page.figures()
    percent, *apart = numbers(found["Done"])
    verified, claimed = apart or [0, 0]
    bar = page.all("p", class_="legend")[0]
    return {
        "percent": percent,
        "verified": verified,
        "claimed": claimed,
        "people": number(found["People"]),
        "open": number(found["Still to finish"]),
        "blocked": number(found.get("Blocked", "0")),
        "waived": number(found.get("Waived", "0")),
        "legend": numbers(bar.text),
    }


def expected(figures: Figures) -> dict[str, Any]:
    return {
        "percent": figures.percent,
        "verified": figures.verified,
        "claimed": figures.done - figures.verified,
        "people": figures.people,
        "open": figures.open,
        "blocked": figures.blocked,
        "waived": figures.waived,
        "legend": figures.legend,
    }


def everything_happened(world: World, known: dict[str, list[Person]]) -> None:
    """Else the tests of this folder would prove little."""
    states = {state for people in known.values() for state in (each.state for each in people)}
    assert states == {"done", "started", "blocked", "waived", "not_started"}
    verbs = {verb for (verb,) in rows("SELECT DISTINCT verb FROM planning_event")}
    for verb in [
        "mark_undone", "marked_blocked", "marked_not_applicable", "scope_acknowledged", "gap_opened", "gap_voted", "gap_fixed",
        "step_reopened", "waiver_requested", "waiver_granted", "waiver_refused", "waiver_questioned", "waiver_answered",
        "waiver_expired", "waiver_revoked", "waiver_taken_back", "wave_decided", "nudged", "leave_noted", "snoozed", "asked",
        "contradiction_answered", "signals_imported", "report_taken", "evidence_changed", "regressed", "roster_applied",
        "scope_changed", "closed", "mark_returned", "return_taken_back", "mark_confirmed", "substitute_named",
    ]:  # fmt: skip
        assert verb in verbs, verb
    assert one("SELECT count(*) FROM planning_waiver WHERE extension = 2 AND granted_at IS NOT NULL") > 0
    assert one("SELECT count(*) FROM planning_checklist WHERE stopped_why <> ''") > 0
    assert one("SELECT count(*) FROM planning_event WHERE verb = 'mark_returned' AND data ? 'for'") > 0
    assert one("SELECT count(*) FROM reminders_reminder WHERE kind = 'escalation' AND state = 'sent'") > 0
    assert one("SELECT count(*) FROM reminders_mail WHERE state = 'dead'") > 0
    assert any(each.verified_steps for each in known["Claude Code"])
    assert any(each.is_verified for each in known["Claude Code"])


def page_of_ban(world: World, known: dict[str, list[Person]], tool: str) -> None:
    ban = world.ban(tool)
    page = world.page(f"/bans/{ban.pk}/")
    assert shown(page) == expected(Figures.of(known[tool]))
    steps = one(
        "SELECT count(*) FROM planning_step WHERE ban_id = %(b)s AND per = 'team' AND required AND removed_at IS NULL",
        b=ban.pk,
    )
    teams = {each.path for each in known[tool]}
    done, verified = team_steps(ban.pk, teams)
    asked = page.figures()["Team steps"]
    assert numbers(asked)[:2] == [done, steps * len(teams)]
    if done:
        assert numbers(asked)[2:] == [verified, done - verified]
    by_team(page.table("Teams, those with the most"), known[tool])
    if tool in LIVE:
        behind = next(row for row in page.tables() if row and "Progress" in row[0] and "Done" not in row[0])
        for row in behind:
            path = path_of(row["href"])
            own = Figures.of([each for each in known[tool] if each.path == path])
            assert (number(row["Still to finish"]), number(row["Blocked"])) == (own.open, own.blocked), row
        open_ = sorted((Figures.of([p for p in known[tool] if p.path == path]).open for path in teams), reverse=True)
        assert [number(row["Still to finish"]) for row in behind] == [each for each in open_ if each][:6]


def team_steps(ban: int, teams: set[str]) -> tuple[int, int]:
    """Required team steps of teams with people: finished, and of these verified by scans."""
    found = rows(
        """
        SELECT s.id, g.path, m.state, m.at, e.verdict, e.found_at FROM planning_migration g
        JOIN planning_step s ON s.ban_id = g.ban_id AND s.per = 'team' AND s.required AND s.removed_at IS NULL
        LEFT JOIN planning_mark m ON m.migration_id = g.id AND m.step_id = s.id
        LEFT JOIN planning_evidence e ON e.migration_id = g.id AND e.step_id = s.id AND e.set_aside_at IS NULL
        WHERE g.ban_id = %(ban)s
        """,
        ban=ban,
    )
    done = verified = 0
    for _step, path, state, at, verdict, found_at in found:
        if path not in teams:
            continue
        clean = verdict in ("clean", "not_used")
        stands = state in ("done", "not_applicable") and not (verdict == "regressed" and at <= found_at)
        done += stands or (state is None and clean)
        verified += clean and state != "blocked"
    return done, verified


def path_of(href: str) -> str:
    return str(
        one(
            "SELECT path FROM people_team WHERE id = %(team)s", team=int(href.partition("/teams/")[2].partition("/")[0])
        )
    )


def by_team(table: list[dict[str, str]], people: list[Person]) -> None:
    """The rows of a table of teams: each with all below it, the first perhaps the people directly in the team above."""
    assert table
    for row in table:
        path = path_of(row["href"])
        own = "Directly in" in row["Team"]
        here = Figures.of([each for each in people if each.path == path]) if own else Figures.of(people, path)
        found = [number(row[name]) for name in ("People", "Still to finish", "Blocked")]
        assert found == [here.people, here.open, here.blocked], row
        assert numbers(row["Done"])[0] == here.percent, row


def portfolio(world: World, known: dict[str, list[Person]]) -> None:
    page = world.page("/portfolio/")
    found = {row["Ban"].partition(" →")[0]: row for row in page.table("Bans in force")}
    assert set(found) == set(LIVE)
    for tool, row in found.items():
        figures = Figures.of(known[tool])
        said = [figures.percent, figures.verified, figures.done - figures.verified] if figures.done else [0]
        assert numbers(row["Progress"]) == [*said, *figures.legend]
        promised = rows(
            "SELECT by_cutoff[2], people_then FROM steering_forecast WHERE ban_id = %(ban)s AND team_id IS NULL "
            "AND silent = '' AND cardinality(by_cutoff) > 0 ORDER BY day DESC LIMIT 1", ban=world.ban(tool).pk
        )  # fmt: skip
        assert numbers(row["Forecast"])[:2] == [*(promised[0] if promised else ())]
    assert number(found["PixelNote"]["Health"]) == Figures.of(known["PixelNote"]).open
    meeting = overlapping(known)
    page = world.page("/portfolio/teams/")
    assert number(page.by_id("overlapping").text) == len(meeting)
    for row in page.table("Teams under several bans"):
        path = next(
            path
            for path in meeting
            if (path.rpartition("/")[2] + " " + path.rpartition("/")[0].replace("/", " / ")).strip() == row["Team"]
        )
        assert [number(row["People"]), number(row["Checklists to finish"])] == list(meeting[path]), row


def overlapping(known: dict[str, list[Person]]) -> dict[str, tuple[int, int]]:
    """Teams with somebody to finish under two bans or more: the most people counted under one, and checklists to finish."""
    per_ban = [
        {path: Figures.of([p for p in known[tool] if p.path == path]) for path in {p.path for p in known[tool]}}
        for tool in LIVE
    ]
    found = {}
    for path in {path for each in per_ban for path in each}:
        here = [each[path] for each in per_ban if path in each and each[path].open]
        if len(here) > 1:
            found[path] = max(each.people for each in here), sum(each.open for each in here)
    return found


def tree(world: World, known: dict[str, list[Person]], tool: str = "Claude Code", most: int = 30) -> None:
    """Opened row by row, down to the lowest level; `most` pages are looked at."""
    ban, people = world.ban(tool), known[tool]
    seen, todo = set(), [""]
    while todo and len(seen) < most:
        opened = todo.pop()
        page = world.page(f"/bans/{ban.pk}/tree/?open={opened}")
        for node in page.all("tr"):
            links = [link.attributes["href"] for link in node.all("a") if "open=" in link.attributes.get("href", "")]
            ids = links[0].partition("open=")[2].partition("#")[0].split(",") if links else []
            new = [each for each in ids if each and each not in opened.split(",")]
            if new and new[-1] not in seen and "Open" in node.text:
                seen.add(new[-1])
                todo.append(",".join([*opened.split(","), new[-1]]).strip(","))
        check_tree(page.table("Teams; open one"), ban.pk, people)
    assert len(seen) >= min(most, 8)


def check_tree(table: list[dict[str, str]], ban: int, people: list[Person]) -> None:
    for row in table:
        if "Directly in" in row["Team"]:
            name = row["Team"].partition("Directly in ")[2].removesuffix(" no lead")
            wanted = [Figures.of([p for p in people if p.path == path]) for path in paths_called(name, ban)]
        else:
            name = row["Team"].removesuffix(" no lead")
            wanted = [Figures.of(people, path) for path in paths_called_like(name, ban)]
        names = ("People", "Verified", "Claimed", "Started", "Blocked", "Waived", "Not started", "Still to finish")
        found = [number(row[name]) for name in names] + [number(row["Done"])]
        assert found in [
            [
                w.people,
                w.verified,
                w.done - w.verified,
                w.started,
                w.blocked,
                w.waived,
                w.not_started,
                w.open,
                w.percent,
            ]
            for w in wanted
        ], row


def paths_called(name: str, ban: int) -> list[str]:
    return [path for (path,) in rows(
        "SELECT t.path FROM people_team t JOIN planning_migration g ON g.team_id = t.id "
            "WHERE g.ban_id = %(ban)s AND t.name = %(name)s",
        ban=ban, name=name)]  # fmt: skip


def paths_called_like(words: str, ban: int) -> list[str]:
    """The team whose name ends the words of a row: before it stands what opens or closes it."""
    return [path for path, name in rows(
        "SELECT t.path, t.name FROM people_team t JOIN planning_migration g ON g.team_id = t.id WHERE g.ban_id = %(ban)s", ban=ban
    ) if words == name or words.endswith(f" {name}")]  # fmt: skip


def pages_of_teams(world: World, known: dict[str, list[Person]]) -> None:
    ban, people = world.ban("Claude Code"), known["Claude Code"]
    teams = dict(
        rows(
            "SELECT t.path, t.id FROM people_team t JOIN planning_migration g ON g.team_id = t.id WHERE g.ban_id = %(b)s",
            b=ban.pk,
        )
    )
    paths = {each.path for each in people} | {each.path.rpartition("/")[0] for each in people} - {""}
    for path in sorted(paths, key=lambda path: -Figures.of(people, path).people)[:MOST_TEAMS]:
        page = world.page(f"/bans/{ban.pk}/teams/{teams[path]}/")
        assert shown(page) == expected(Figures.of(people, path)), path


def heat_map(world: World, known: dict[str, list[Person]]) -> None:
    ban, people = world.ban("Claude Code"), known["Claude Code"]
    state = {each.checklist: each.state for each in people}
    home = {each.checklist: each.path for each in people}
    cells: dict[tuple[str, str], list[int]] = {}
    titles = dict(rows("SELECT id, title FROM planning_workflow WHERE ban_id = %(ban)s", ban=ban.pk))
    for checklist, _step, _scan, workflow, stands, verified, must in rows(counts.STEPS, ban=ban.pk):
        if workflow and state[checklist] in ("not_started", "started", "blocked"):
            finished = stands in ("done", "not_applicable") and (verified or not must)
            add(cells, home[checklist], titles[workflow], not finished, stands == "blocked")
    for path, workflow, finished, blocked in team_work(ban.pk, {each.path for each in people}):
        add(cells, path, titles[workflow], not finished, blocked)
    for row in world.page(f"/bans/{ban.pk}/heat/").table("Steps still to do"):
        path = path_of(row["href"])
        own = "Directly in" in row["Team"]
        for title in [*titles.values(), "All"]:
            if title in row:
                here = [
                    cell for (team, work), cell in cells.items()
                    if (title in (work, "All")) and (team == path if own else team == path or team.startswith(f"{path}/"))
                ]  # fmt: skip
                wanted = [sum(cell[0] for cell in here), sum(cell[1] for cell in here)]
                assert ([*numbers(row[title]), 0])[:2] == wanted, (path, title, row)


def add(cells: dict[tuple[str, str], list[int]], path: str, title: str, is_open: bool, blocked: bool) -> None:
    cell = cells.setdefault((path, title), [0, 0])
    cell[0] += is_open
    cell[1] += blocked


def team_work(ban: int, teams: set[str]) -> list[tuple[str, int, bool, bool]]:
    found = rows(
        """
        SELECT g.path, s.workflow_id, m.state, m.at, e.verdict, e.found_at, s.must_be_verified FROM planning_migration g
        JOIN planning_step s ON s.ban_id = g.ban_id AND s.per = 'team' AND s.required AND s.removed_at IS NULL
        LEFT JOIN planning_mark m ON m.migration_id = g.id AND m.step_id = s.id
        LEFT JOIN planning_evidence e ON e.migration_id = g.id AND e.step_id = s.id AND e.set_aside_at IS NULL
        WHERE g.ban_id = %(ban)s AND s.workflow_id IS NOT NULL
        """,
        ban=ban,
    )
    result = []
    for path, workflow, state, at, verdict, found_at, must in found:
        clean = verdict in ("clean", "not_used")
        stands = state in ("done", "not_applicable") and not (verdict == "regressed" and at <= found_at)
        finished = (stands and (clean or not must)) or (state is None and clean)
        if path in teams:
            result.append((path, workflow, finished, state == "blocked"))
    return result
