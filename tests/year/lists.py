"""What pages list and add up beside progress: waivers, gaps, contradictions, use, acknowledgements."""

import csv
import io
from datetime import datetime
from typing import Any

from tests.reading import number, numbers
from tests.year.counts import Person, one, rows
from tests.year.world import END, World

Known = dict[str, list[Person]]
#: Waivers that were granted, with their days up to now and those to come; who is done or gone owes nothing more.
WAIVERS = """
    SELECT w.reason, t.path, w.extension, w.until_at, w.state = 'granted' AND c.stopped_why = '' AND c.done_at IS NULL AS stands,
           (SELECT min(e.at) FROM planning_event e WHERE e.verb = 'waiver_granted' AND (e.data->>'waiver')::int = w.id),
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
            "SELECT count(*) FROM planning_waiver w JOIN planning_checklist c ON c.id = w.checklist_id WHERE w.ban_id = %(ban)s "
            "AND "
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


#: Who used the old tool after the day on which they were done, or (another answer) moved and never said so.
CONTRADICT = """
    SELECT p.name, 'done', max(s.day) FROM planning_ban b JOIN planning_checklist c ON c.ban_id = b.id
    JOIN people_user p ON p.id = c.person_id
    JOIN planning_signal s ON s.person_id = p.id AND s.tool_id = b.tool_id AND s.count > 0
    WHERE b.id = %(ban)s AND c.stopped_why = '' AND c.done_at IS NOT NULL AND s.day > (c.done_at AT TIME ZONE p.zone)::date
    GROUP BY c.id, p.name, p.zone HAVING NOT EXISTS (
        SELECT FROM planning_contradiction a WHERE a.checklist_id = c.id AND a.kind = 'used_after_done' AND a.answer <> 'lapsed'
        AND a.answer <> '' AND max(s.day) <= greatest(a.day, (a.closed_at AT TIME ZONE p.zone)::date))
    UNION ALL
    SELECT p.name, 'moved', max(s.day) FROM planning_ban b JOIN planning_checklist c ON c.ban_id = b.id
    JOIN people_user p ON p.id = c.person_id JOIN planning_signal s ON s.person_id = p.id AND s.tool_id = b.replacement_id
         AND s.count > 0
    WHERE b.id = %(ban)s AND c.stopped_why = '' AND c.state = 'not_started'
      AND NOT EXISTS (SELECT FROM planning_contradiction a WHERE a.checklist_id = c.id AND a.kind = 'moved_unanswered'
                      AND a.answer IN ('moved', 'not_me', 'still_needed'))
      AND coalesce((SELECT max(o.day) FROM planning_signal o WHERE o.person_id = p.id AND o.tool_id = b.tool_id AND o.count > 0),
                   '-infinity')
          <= (SELECT max(n.day) FROM planning_signal n WHERE n.tool_id = b.tool_id) - 14
    GROUP BY c.id, p.name, b.replacement_id
    HAVING max(s.day) > (SELECT max(n.day) FROM planning_signal n WHERE n.tool_id = b.replacement_id) - 7
"""


def contradictions(world: World) -> None:
    """The queue: who says one thing and does another, without those whom an answer explains."""
    ban = world.ban("Claude Code")
    wanted = [(name, f"{day:%a} {day.day} {day:%b %Y}") for name, _kind, day in rows(CONTRADICT, ban=ban.pk)]
    page = world.page(f"/bans/{ban.pk}/contradictions/")
    shown = [row for table in page.tables() for row in table if "What disagrees" in row]
    assert wanted
    assert len(shown) == len(wanted), (shown, wanted)
    for name, _day in wanted:
        assert any(row["Name"].startswith(f"{name} ") for row in shown), (name, shown)


def sides(world: World) -> None:
    """People by the use of both tools: of each the last day, beside how far its figures go."""
    ban = world.ban("Claude Code")
    wanted = rows(
        """
        WITH last AS (
            SELECT c.id, side.tool, max(s.day) AS day,
                   (SELECT max(n.day) FROM planning_signal n WHERE n.tool_id = side.tool) AS newest
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
