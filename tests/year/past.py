"""What was: at the end of past days and at the cutoff, told by history alone; and what has changed since last week."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta

from tests.reading import number, numbers
from tests.year import counts
from tests.year.counts import Figures, one, rows
from tests.year.files import STATES
from tests.year.lists import Known
from tests.year.world import END, World

DAY = timedelta(days=1)


def end_of(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), UTC)


def of_days(world: World) -> None:
    """The figures that were kept of past days, and everybody as a file."""
    for tool, days in (
        ("PixelNote", range(3, 30, 6)),
        ("QuickSketch", range(2, 20, 6)),
        ("PaperTrail", range(2, 11, 4)),
    ):
        ban = world.ban(tool)
        assert ban.published_at is not None
        for ago in days:
            day = ban.published_at.date() + ago * DAY
            was = counts.then(ban.pk, end_of(day))
            _people(world, ban.pk, day, was)
            here = [state for *_rest, state, stopped in was if not stopped]
            page = world.page(f"/bans/{ban.pk}/as-of/?day={day}")
            if not any(stopped for *_rest, stopped in was):
                _figures(page.figures(), Figures.of_states(here), (tool, day))


def _people(world: World, ban: int, day: date, was: list[tuple[object, ...]]) -> None:
    lines = list(csv.reader(io.StringIO(world.file(f"/bans/{ban}/as-of/people.csv?day={day}").decode("utf-8-sig"))))
    found = sorted((row[1], row[2], int(row[4]), int(row[5]), row[3]) for row in lines[1:])
    assert found == sorted(
        (email, path, finished, asked, STATES[str(state)]) for email, path, finished, asked, state, _s in was
    ), day


def _figures(shown: dict[str, str], wanted: Figures, where: object) -> None:
    names = ("People", "Still to finish", "Blocked", "Waived", "Done")
    found = [number(shown.get(name, "0")) for name in names]
    assert found == [wanted.people, wanted.open, wanted.blocked, wanted.waived, wanted.percent], where


def burn_up(world: World) -> None:
    """The table beside the chart: each evening's people, by where they stood."""
    for tool in ("PixelNote", "PaperTrail"):
        ban = world.ban(tool)
        gone = one("SELECT count(*) FROM planning_checklist WHERE ban_id = %(ban)s AND stopped_why <> ''", ban=ban.pk)
        for row in world.page(f"/bans/{ban.pk}/").tables()[0][1::4]:
            day = datetime.strptime(row["Day"], "%a %d %b %Y").replace(tzinfo=UTC).date()
            was = Figures.of_states(state for *_rest, state, stopped in counts.then(ban.pk, end_of(day)) if not stopped)
            found = [number(row[name]) for name in ("People", "Done", "Started", "Blocked", "Waived", "Not started")]
            wanted = [was.people, was.done, was.started, was.blocked, was.waived, was.not_started]
            assert found == wanted or gone, (tool, day, found, wanted)


ROSTERS_BETWEEN = """
    SELECT count(*) FROM planning_event WHERE ban_id = %(ban)s AND verb = 'roster_applied' AND at >= %(start)s AND at < %(end)s
"""
#: Where people were counted then: history has no line for each who moved.
TEAM_THEN = """
    SELECT p.email, k.path FROM planning_personatcutoff k JOIN planning_checklist c ON c.id = k.checklist_id
    JOIN people_user p ON p.id = c.person_id WHERE c.ban_id = %(ban)s
"""


def at_cutoff(world: World) -> None:
    """Written down once: how everybody stood at the very instant, whatever came later."""
    for tool in ("PixelNote", "QuickSketch"):
        ban = world.ban(tool)
        assert ban.cutoff_at is not None
        was = [
            row
            for row in counts.then(ban.pk, ban.cutoff_at)
            if not row[-1] or _left_later(ban.pk, str(row[0]), ban.cutoff_at)
        ]
        wanted = Figures.of_states(str(row[4]) for row in was)
        evening = ban.cutoff_at - DAY
        if not one(ROSTERS_BETWEEN, ban=ban.pk, start=end_of(evening.date()), end=ban.cutoff_at):
            kept = one("SELECT people FROM planning_progressday WHERE ban_id = %(b)s AND team_id IS NULL AND day = %(d)s",
                       b=ban.pk, d=evening.date())  # fmt: skip
            assert wanted.people == kept
        page = world.page(f"/bans/{ban.pk}/as-of/?day=cutoff")
        _figures(page.figures(), wanted, tool)
        team = dict(rows(TEAM_THEN, ban=ban.pk))
        for row in [row for table in page.tables() for row in table if "href" in row and "team=" in row["href"]]:
            path = row["href"].partition("team=")[2].partition("&")[0].replace("%2F", "/").replace("+", " ")
            below = Figures.of_states(str(each[4]) for each in was if f"{team[each[0]]}/".startswith(f"{path}/"))
            assert [number(row[name]) for name in ("People", "Still to finish", "Blocked")] == [
                below.people,
                below.open,
                below.blocked,
            ]
        lines = list(
            csv.reader(io.StringIO(world.file(f"/bans/{ban.pk}/as-of/people.csv?day=cutoff").decode("utf-8-sig")))
        )
        assert sorted((row[1], row[3], int(row[4])) for row in lines[1:]) == sorted(
            (str(e), STATES[str(s)], f) for e, _p, f, _a, s, _w in was
        )
        words = world.page(f"/bans/{ban.pk}/").text.partition("At the cutoff")[2].partition("waived")[0]
        assert numbers(words)[:4] == [wanted.percent, wanted.done, wanted.people, wanted.waived]


def _left_later(ban: int, email: str, at: datetime) -> bool:
    """Whether somebody who is stopped now was still there: a roster of a later day took them away."""
    return bool(one(
        "SELECT count(*) FROM planning_personatcutoff k JOIN planning_checklist c ON c.id = k.checklist_id JOIN people_user p "
        "ON p.id = c.person_id WHERE c.ban_id = %(ban)s AND p.email = %(email)s", ban=ban, email=email
    ))  # fmt: skip


def since_last_week(world: World, known: Known) -> None:
    """Each line adds up, begins with how it was and ends with how it is."""
    for tool in ("Claude Code", "PixelNote", "PaperTrail"):
        ban = world.ban(tool)
        now = Figures.of(known[tool])
        page = world.page(f"/bans/{ban.pk}/difference/")
        if not page.all("table"):
            assert "Nothing" in page.text
            assert tool == "PixelNote"
            continue
        table = {row["What"]: row for row in page.table("People, done and waived")}
        assert [number(table[name]["Now"]) for name in ("People", "Done", "Waived")] == [
            now.people,
            now.done,
            now.waived,
        ]
        for row in table.values():
            signed = row["Came and went"].replace("−", "-").replace("- ", "-").replace("+ ", "+").split()
            moved = sum(int(word) for word in signed if word[0] in "+-" and word[1:].isdecimal())
            assert number(row["Then"]) + moved == number(row["Now"]), row
        first = (ban.published_at or END).date()
        day = max(first, (END - 7 * DAY).date())
        was = Figures.of_states(state for *_rest, state, _stopped in counts.then(ban.pk, end_of(day)))
        assert number(table["Done"]["Then"]) <= was.done
        if tool != "Claude Code":  # of which scans have said something, too
            finished = _number_before(table["Done"]["Came and went"], "finished")
            assert finished == _finished_since(ban.pk, end_of(day)), tool


def _number_before(text: str, word: str) -> int:
    before = text.partition(word)[0]
    return numbers(before)[-1] if word in text else 0


def _finished_since(ban: int, end: datetime) -> int:
    """Who is done now and was not then, by history."""
    was = {row[0]: row[4] for row in counts.then(ban, end)}
    now = {row[0]: row[4] for row in counts.then(ban, END) if not row[5]}
    return sum(state == "done" and was.get(email) != "done" for email, state in now.items())
