"""Numbers beside single people and groups of them: lists page by page, checklists, waves, what is promised, the week's mail."""

import csv
import io
from datetime import datetime, timedelta
from html import unescape

from tests.reading import Node, number, numbers
from tests.year.counts import Figures, Person, one, rows
from tests.year.lists import Known
from tests.year.world import END, World

WORDS = {"done": "Done", "waived": "Waived", "blocked": "Blocked", "started": "Started", "not_started": "Not started"}


def everybody(world: World, known: Known) -> None:
    """The list of all people, page after page: each once, with state and steps; and by each state so many."""
    for tool in ("Claude Code", "PaperTrail"):
        ban, people = world.ban(tool), known[tool]
        assert _shown(world, f"/bans/{ban.pk}/people/?sort=name") == sorted(_expected(each) for each in people)
        for state, word in WORDS.items():
            wanted = sorted(_expected(each) for each in people if each.state == state)
            assert _shown(world, f"/bans/{ban.pk}/people/?state={state}") == wanted, word


def _expected(each: Person) -> tuple[int, str, int, int, int]:
    return each.checklist, WORDS[each.state], each.finished, each.asked, each.verified_steps


def _shown(world: World, address: str) -> list[tuple[int, str, int, int, int]]:
    found: list[tuple[int, str, int, int, int]] = []
    path = address.partition("?")[0]
    while address:
        page = world.page(address)
        found += [_row(row) for table in page.tables() for row in table if "Last activity" in row]
        later = [link.attributes["href"] for link in page.all("a", rel="next")]
        address = f"{path}{unescape(later[0])}".partition("#")[0] if later else ""
    return sorted(found)


def _row(row: dict[str, str]) -> tuple[int, str, int, int, int]:
    finished, asked, *verified = numbers(row["Steps"])
    state = next(word for word in WORDS.values() if row["State"].startswith(word))
    return number(row["href"]), state, finished, asked, verified[0] if verified else 0


def checklists(world: World, known: Known, most: int = 12) -> None:
    """How far a single person is, on their own page."""
    people = sorted(known["Claude Code"], key=lambda each: (each.state, -each.verified_steps, each.checklist))
    for each in people[:: len(people) // most]:
        text = world.page(f"/checklists/{each.checklist}/").text
        said = numbers(text.partition(" steps finished")[0])[-2:]
        assert said == [each.finished, each.asked], each
        if each.finished:
            apart = numbers(text.partition(" steps finished")[2].partition(")")[0])
            assert apart == [each.verified_steps, each.finished - each.verified_steps], each


#: The wave of the nearest team above that a wave names, by the path of each team.
WAVES = """
    SELECT DISTINCT ON (t.path) t.path, coalesce(v.wave_id, 0) FROM planning_migration g JOIN people_team t ON t.id = g.team_id
    LEFT JOIN (SELECT p.path, w.wave_id FROM planning_waveteam w JOIN people_team p ON p.id = w.team_id
               JOIN planning_wave a ON a.id = w.wave_id WHERE a.ban_id = %(ban)s) v
           ON t.path = v.path OR t.path LIKE v.path || '/%%'
    WHERE g.ban_id = %(ban)s ORDER BY t.path, length(v.path) DESC NULLS LAST
"""


def waves(world: World, known: Known) -> None:
    """The people of each wave, and of those who move by the cutoff."""
    ban = world.ban("Claude Code")
    wave_of = dict(rows(WAVES, ban=ban.pk))
    assert len(set(wave_of.values())) > 2
    page = world.page(f"/bans/{ban.pk}/waves/")
    for wave in set(wave_of.values()):
        here = Figures.of_states(each.state for each in known["Claude Code"] if wave_of[each.path] == wave)
        assert numbers(_section(page, wave).all("p", class_="legend")[0].text) == here.legend, wave


def _section(page: Node, wave: int) -> Node:
    name = f"wave-title-{wave}" if wave else "rest"
    return next(each for each in page.all("section") if each.attributes.get("aria-labelledby") == name)


def promises(world: World, known: Known) -> None:
    """What is stored is what is shown, of as many people as there were at the end of its day; more confidence promises less."""
    for tool in known.keys() - {"QuickSketch"}:
        ban = world.ban(tool)
        day, people, done, promised = rows(
            "SELECT day, people, done, by_cutoff FROM steering_forecast WHERE ban_id = %(ban)s AND team_id IS NULL "
            "ORDER BY day DESC LIMIT 1", ban=ban.pk
        )[0]  # fmt: skip
        kept = "FROM planning_progressday WHERE ban_id = %(ban)s AND team_id IS NULL AND day = %(day)s"
        assert (people, done) == rows(f"SELECT people, done {kept}", ban=ban.pk, day=day)[0]
        assert promised == sorted(promised, reverse=True)
        tables = world.page(f"/bans/{ban.pk}/forecast/").tables()
        shown = [row for table in tables for row in table if "Done by the cutoff, at least" in row]
        assert [number(row["Done by the cutoff, at least"]) for row in shown] == promised
        assert all(done <= each <= people for each in promised), tool


def week(world: World) -> None:
    """How many mails each person gets in seven days from all bans in force; and how many that is together."""
    wanted = rows(
        """
        SELECT mails, count(*) FROM (
            SELECT r.person_id, count(DISTINCT r.mail_id) AS mails FROM reminders_reminder r
            JOIN reminders_mail m ON m.id = r.mail_id JOIN planning_ban b ON b.id = r.ban_id
            WHERE b.state = 'published' AND r.state = 'waiting' AND m.sent_at IS NULL AND m.state = 'waiting'
              AND greatest(r.due_at, m.due_at) < %(until)s GROUP BY 1) each
        GROUP BY 1 ORDER BY 1
        """,
        until=END + timedelta(days=7),
    )
    page = world.page("/portfolio/mail/")
    table = page.table("People by the number of mails")
    assert [(number(row["Mails for one person"]), number(row["People"])) for row in table] == wanted
    assert numbers(page.text.partition(" planned from")[0])[-1] == sum(mails * people for mails, people in wanted)


def sealed(world: World, known: Known) -> None:
    for tool in known:
        ban = world.ban(tool)
        lines = one(
            "SELECT count(*) FROM planning_event e JOIN evidence_seal s ON s.event_id = e.id WHERE e.ban_id = %(b)s",
            b=ban.pk,
        )
        words = world.page(f"/bans/{ban.pk}/evidence/").text.partition(" of history are sealed")[0]
        assert numbers(words)[-1] == lines, tool


def held_up(world: World, known: Known) -> None:
    """How many are blocked, beside the heading under which the newest of them stand."""
    for tool in ("Claude Code", "PixelNote"):
        text = world.page(f"/bans/{world.ban(tool).pk}/").text
        shown = numbers(text.rpartition("What holds people up ")[2].partition(" ")[0])
        assert shown == [Figures.of(known[tool]).blocked], tool


#: By when each wave moves; whoever is in none moves by the cutoff of the ban.
CUTOFFS = "SELECT id, cutoff_at FROM planning_wave WHERE ban_id = %(ban)s"


def moments(world: World, known: Known) -> None:
    """When each was last active, and by when each has to be done, in the file of all people."""
    ban = world.ban("Claude Code")
    wave_of, cutoffs = dict(rows(WAVES, ban=ban.pk)), dict(rows(CUTOFFS, ban=ban.pk))
    people = {each.email: each for each in known["Claude Code"]}
    lines = csv.DictReader(io.StringIO(world.file(f"/bans/{ban.pk}/people.csv").decode("utf-8-sig")))
    for line in lines:
        each = people.pop(line["Address"])
        assert _moment(line["Last activity"]) == each.last, each
        assert _moment(line["Deadline"]) == cutoffs.get(wave_of[each.path], ban.cutoff_at), each
    assert not people


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
