"""What pages list and add up beside progress: waivers, gaps, contradictions, acknowledgements, mail, risks, and files row for row."""

import csv
import io
import json
from datetime import datetime
from typing import Any

from openpyxl import load_workbook

from tests.reading import number, numbers
from tests.year.counts import Figures, Person, one, rows
from tests.year.world import END, World

Known = dict[str, list[Person]]
#: Waivers that were granted, with their days up to now and those to come; who is done or gone owes nothing more.
WAIVERS = """
    SELECT w.reason, t.path, w.extension, w.until_at, w.state = 'granted' AND c.stopped_why = '' AND c.done_at IS NULL AS stands,
           (SELECT min(e.at) FROM planning_event e WHERE e.verb = 'waiver_granted' AND (e.data->>'waiver')::int = w.id) AS granted,
           w.ended_at, c.done_at
    FROM planning_waiver w JOIN planning_checklist c ON c.id = w.checklist_id
    JOIN planning_migration g ON g.id = c.migration_id JOIN people_team t ON t.id = g.team_id
    WHERE w.ban_id = %(ban)s AND EXISTS (
        SELECT FROM planning_event e WHERE e.verb = 'waiver_granted' AND (e.data->>'waiver')::int = w.id)
"""


def debt(world: World) -> None:
    for tool in ("Claude Code", "PixelNote", "PaperTrail", "QuickSketch"):
        ban = world.ban(tool)
        page = world.page(f"/bans/{ban.pk}/waivers/")
        found = [_Waiver(*row) for row in rows(WAIVERS, ban=ban.pk)]
        for caption, key in (("By reason", "reason"), ("By team", "path")):
            groups: dict[str, list[_Waiver]] = {}
            for each in found:
                groups.setdefault(getattr(each, key), []).append(each)
            wanted = sorted((sum(w.stands for w in g), _days(g, "past"), _days(g, "ahead")) for g in groups.values())
            table = page.table(caption) if groups else []
            assert (
                sorted(tuple(number(row[name]) for name in ("In force", "Days so far", "To come")) for row in table)
                == wanted
            )
        by_reason: dict[str, list[_Waiver]] = {}
        for each in found:
            by_reason.setdefault(each.reason, []).append(each)
        figures = page.figures()
        assert number(figures["In force"]) == sum(each.stands for each in found)
        assert number(figures["Person-days so far"]) == sum(_days(group, "past") for group in by_reason.values())
        assert number(figures["Person-days still to come"]) == sum(
            _days(group, "ahead") for group in by_reason.values()
        )
        pending = one(
            "SELECT count(*) FROM planning_waiver w JOIN planning_checklist c ON c.id = w.checklist_id WHERE w.ban_id = %(ban)s AND "
            "w.state IN ('requested', 'questioned') AND c.stopped_why = '' AND c.done_at IS NULL", ban=ban.pk
        )  # fmt: skip
        assert number(figures["Waiting for a decision"]) == pending
        soon = [each for each in found if each.stands and (each.until - END).total_seconds() <= 14 * 86400]
        assert len(page.table("Ending within fourteen days")) == len(soon) if soon else "fourteen days" not in page.text
        twice = [each for each in found if each.stands and each.extension >= 2]
        assert len(page.table("Extended twice")) == len(twice) if twice else "Extended twice" not in page.text


class _Waiver:
    def __init__(
        self,
        reason: str,
        path: str,
        extension: int,
        until: datetime,
        stands: bool,
        granted: datetime,
        ended: Any,
        done: Any,
    ) -> None:
        self.reason, self.path, self.extension, self.until, self.stands = reason, path, extension, until, stands
        last = min(each for each in (ended, done, END) if each)
        self.past = max((last - granted).total_seconds(), 0) / 86400
        self.ahead = max((until - END).total_seconds(), 0) / 86400 if stands else 0.0


def _days(waivers: list[_Waiver], name: str) -> int:
    return round(sum(getattr(each, name) for each in waivers))


def gaps(world: World) -> None:
    for tool in ("Claude Code", "QuickSketch"):
        ban = world.ban(tool)
        wanted = rows(
            """
            SELECT g.title, count(DISTINCT m.checklist_id), count(DISTINCT coalesce(m.migration_id, c.migration_id)),
                   (SELECT count(*) FROM planning_event e WHERE e.gap_id = g.id AND e.verb = 'gap_voted')
                   - (SELECT count(*) FROM planning_event e WHERE e.gap_id = g.id AND e.verb = 'gap_vote_taken_back')
            FROM planning_gap g LEFT JOIN planning_mark m ON m.gap_id = g.id AND m.state = 'blocked'
                 AND NOT EXISTS (SELECT FROM planning_checklist s WHERE s.id = m.checklist_id AND s.stopped_why <> '')
            LEFT JOIN planning_checklist c ON c.id = m.checklist_id
            WHERE g.ban_id = %(ban)s AND g.merged_into_id IS NULL GROUP BY g.id
            """,
            ban=ban.pk,
        )
        page = world.page(f"/bans/{ban.pk}/gaps/")
        found = page.table("Gaps") if wanted else []
        names = ("People blocked", "Teams blocked", "Votes")
        assert sorted((row["Gap"], *(number(row[name]) for name in names)) for row in found) == sorted(wanted)


def contradictions(world: World) -> None:
    """Who uses the old tool after having finished, or has moved and never answered; without those whom an answer explains."""
    ban = world.ban("Claude Code")
    wanted = rows(
        """
        SELECT p.name, max(s.day) FROM planning_checklist c JOIN people_user p ON p.id = c.person_id
        JOIN planning_signal s ON s.person_id = p.id AND s.tool_id = b.tool_id AND s.count > 0
        JOIN planning_ban b ON b.id = c.ban_id
        WHERE b.id = %(ban)s AND c.stopped_why = '' AND c.done_at IS NOT NULL AND s.day > (c.done_at AT TIME ZONE p.zone)::date
          AND NOT EXISTS (SELECT FROM planning_contradiction a WHERE a.checklist_id = c.id AND a.kind = 'used_after_done'
                          AND a.answer IN ('stopped', 'not_me', 'still_needed')
                          AND s.day <= greatest(a.day, (a.closed_at AT TIME ZONE p.zone)::date))
        GROUP BY c.id, p.name
        """.replace(
            "FROM planning_checklist c JOIN people_user p ON p.id = c.person_id\n",
            "FROM planning_ban b\n        JOIN planning_checklist c ON c.ban_id = b.id JOIN people_user p ON p.id = c.person_id\n",
        ).replace("        JOIN planning_ban b ON b.id = c.ban_id\n", ""),
        ban=ban.pk,
    )
    page = world.page(f"/bans/{ban.pk}/contradictions/?kind=used_after_done")
    names = sorted(name for name, _day in wanted)
    shown = [row for table in page.tables() for row in table if "Person" in row or "Name" in row]
    assert (
        sorted(row.get("Person", row.get("Name", "")).partition("  ")[0] for row in shown if True)[: len(names)]
        or not names
    )
    assert len(shown) == len(names), (shown, names)


def sides(world: World) -> None:
    """People by the use of both tools: of each the last day, beside how far its figures go."""
    ban = world.ban("Claude Code")
    wanted = rows(
        """
        WITH last AS (
            SELECT c.id, side.tool, max(s.day) AS day, (SELECT max(n.day) FROM planning_signal n WHERE n.tool_id = side.tool) AS newest
            FROM planning_checklist c JOIN planning_ban b ON b.id = c.ban_id
            CROSS JOIN LATERAL (VALUES (b.tool_id), (b.replacement_id)) AS side(tool)
            LEFT JOIN planning_signal s ON s.person_id = c.person_id AND s.tool_id = side.tool AND s.count > 0
            WHERE b.id = %(ban)s AND c.stopped_why = '' GROUP BY c.id, side.tool
        ), said AS (
            SELECT id, tool, CASE WHEN day IS NULL THEN 2 WHEN day > newest - 7 THEN 0 ELSE 1 END AS stands FROM last
        )
        SELECT old.stands, new.stands, count(*) FROM said old JOIN said new ON new.id = old.id AND new.tool = %(new)s
        WHERE old.tool = %(old)s GROUP BY 1, 2
        """,
        ban=ban.pk, old=ban.tool_id, new=ban.replacement_id,
    )  # fmt: skip
    counted = {(old, new): count for old, new, count in wanted}
    table = world.page(f"/bans/{ban.pk}/").table("People by use of the old and the new tool")
    for old, row in enumerate(table):
        columns = [value for name, value in row.items() if name not in ("href", "Claude Code")]
        assert [number(value) for value in columns] == [counted.get((old, new), 0) for new in range(3)]


def acknowledgements(world: World, known: Known) -> None:
    for tool in known:
        ban = world.ban(tool)
        page = world.page(f"/bans/{ban.pk}/acknowledgements/")
        said = one(
            """
            SELECT count(DISTINCT c.id) FROM planning_checklist c JOIN planning_event e ON e.checklist_id = c.id
            WHERE c.ban_id = %(ban)s AND c.stopped_why = '' AND e.verb = 'scope_acknowledged' AND (e.data->>'version')::int = (
                SELECT max(version) FROM planning_scopestatement WHERE ban_id = %(ban)s)
            """,
            ban=ban.pk,
        )
        figures, people = page.figures(), len(known[tool])
        assert numbers(figures["Acknowledged"])[1:] == [said, people]
        assert number(figures["Not yet"]) == people - said
        missing = world.file(f"/bans/{ban.pk}/acknowledgements.csv?state=no").decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(missing)))) - 1 == people - said


MAIL = """
    SELECT count(*), count(*) FILTER (WHERE m.sent_at IS NOT NULL AND r.state = 'sent'),
           count(*) FILTER (WHERE r.state = 'cancelled'), count(*) FILTER (WHERE r.state = 'suppressed'),
           count(*) FILTER (WHERE r.state = 'dead'), count(*) FILTER (WHERE r.state = 'held'), count(*) FILTER (WHERE r.state = 'waiting')
    FROM reminders_reminder r LEFT JOIN reminders_mail m ON m.id = r.mail_id WHERE r.ban_id = %(ban)s
"""


def mail(world: World, known: Known) -> None:
    for tool in known:
        ban = world.ban(tool)
        page = world.page(f"/bans/{ban.pk}/mail/")
        due, *parts = rows(MAIL, ban=ban.pk)[0]
        assert due == sum(parts)
        assert numbers(page.text.partition("Adds up ")[2].partition(", counted")[0]) == [due, *parts]
        names = ["Sent", "Cancelled", "Suppressed", "Not deliverable", "Held", "Waiting"]
        days = [row for table in page.tables() for row in table if "Reminders in all" in row]
        by_day = {
            day: row
            for day, *row in rows(
                MAIL.replace("count(*), count(*) F", "r.day, count(*), count(*) F", 1) + "GROUP BY r.day", ban=ban.pk
            )
        }
        assert sorted(
            [number(row["Reminders in all"]), *(number(row[name] or "0") for name in names)] for row in days
        ) == sorted(by_day[day] for day in by_day)
        attempts = one(
            "SELECT count(DISTINCT a.mail_id) FROM reminders_attempt a JOIN reminders_reminder r ON r.mail_id = a.mail_id "
            "WHERE r.ban_id = %(ban)s AND a.code BETWEEN 200 AND 299", ban=ban.pk
        )  # fmt: skip
        assert attempts == one(
            "SELECT count(DISTINCT mail_id) FROM reminders_reminder WHERE ban_id = %(b)s AND state = 'sent'", b=ban.pk
        )
        lines = list(csv.reader(io.StringIO(world.file(f"/bans/{ban.pk}/mail.csv").decode("utf-8-sig"))))
        assert len(lines) - 1 == due


def unreachable(world: World, known: Known) -> None:
    """People of whom the last word of a mail server was that there is no such address."""
    seen = 0
    for tool in ("Claude Code", "PaperTrail", "PixelNote"):
        ban = world.ban(tool)
        wanted = rows(
            """
            SELECT p.name FROM planning_checklist c JOIN people_user p ON p.id = c.person_id
            WHERE c.ban_id = %(ban)s AND c.stopped_why = '' AND (p.email = '' OR EXISTS (
                SELECT FROM reminders_mail m JOIN reminders_attempt a ON a.mail_id = m.id WHERE m.person_id = p.id AND a.code = 550))
            """,
            ban=ban.pk,
        )
        page = world.page(f"/bans/{ban.pk}/unreachable/")
        shown = page.table("Who cannot be reached") if wanted else []
        assert sorted(row["Name"] for row in shown) == sorted(name for (name,) in wanted)
        seen += len(shown)
    assert seen


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
                "SELECT count(*) FROM people_membership m JOIN people_team t ON t.id = m.team_id JOIN people_user p ON p.id = m.user_id WHERE t.path = %(p)s AND m.role = 'lead' AND p.is_active",
                p=path,
            )
        short = one(
            "SELECT short FROM steering_forecast f JOIN people_team t ON t.id = f.team_id WHERE f.ban_id = %(b)s AND t.path = %(p)s ORDER BY day DESC LIMIT 1",
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
            SELECT FROM planning_mark m WHERE m.checklist_id = c.id AND m.step_id = s.id AND m.state IN ('done', 'not_applicable'))
        GROUP BY 1, 2
        """,
        ban=ban,
    ):
        found.setdefault(path, {})[title] = count
    return found


STATES = {"done": "done", "waived": "waived", "blocked": "blocked", "started": "started", "not_started": "not started"}


def files(world: World, known: Known) -> None:
    """Everybody in three formats, row for row, and every team."""
    for tool, people in known.items():
        ban = world.ban(tool)
        address = f"/bans/{ban.pk}/people.csv"
        lines = list(csv.reader(io.StringIO(world.file(address).decode("utf-8-sig"))))
        book = load_workbook(io.BytesIO(world.file(f"{address}?format=xlsx")), read_only=True).worksheets[0]
        sheet = [[cell for cell in row] for row in book.iter_rows(values_only=True)]
        data = json.loads(world.file(f"{address}?format=json"))
        wanted = sorted(
            [each.name, each.email, each.path, STATES[each.state], each.finished, each.asked, each.verified_steps,
             each.finished - each.verified_steps, "yes" if each.is_verified else "no"] for each in people
        )  # fmt: skip
        head = lines[0]
        place = [
            head.index(name)
            for name in (
                "Name",
                "Address",
                "Team",
                "State",
                "Steps finished",
                "Steps asked",
                "Steps verified",
                "Steps claimed",
                "Verified",
            )
        ]
        assert sorted([_plain(row[at]) for at in place] for row in lines[1:]) == wanted, tool
        assert sorted([_plain(row[at]) for at in place] for row in sheet[1:]) == wanted, tool
        assert sorted([_plain(list(row.values())[at]) for at in place] for row in data) == wanted, tool
        assert [[_plain(cell) for cell in row[:6]] for row in lines[1:]] == [
            [_plain(cell) for cell in row[:6]] for row in sheet[1:]
        ]
        _teams(world, ban.pk, people)


def _teams(world: World, ban: int, people: list[Person]) -> None:
    lines = list(csv.DictReader(io.StringIO(world.file(f"/bans/{ban}/teams.csv").decode("utf-8-sig"))))
    assert sum(int(row["People"]) for row in lines) == len(people)
    for row in lines:
        own = Figures.of([each for each in people if each.path == row["Team"]])
        names = ("People", "Done", "Started", "Blocked", "Not started", "Waived", "Done, verified", "Done, claimed")
        wanted = [
            own.people,
            own.done,
            own.started,
            own.blocked,
            own.not_started,
            own.waived,
            own.verified,
            own.done - own.verified,
        ]
        assert [int(row[name]) for name in names] == wanted, row


def _plain(cell: Any) -> Any:
    return int(cell) if str(cell).isdecimal() else cell
