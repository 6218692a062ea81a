"""The balance of mail against the ledger, and who cannot be reached."""

import csv
import io

from tests.reading import number, numbers
from tests.year.counts import one, rows
from tests.year.lists import Known
from tests.year.world import World

MAIL = """
    SELECT count(*), count(*) FILTER (WHERE m.sent_at IS NOT NULL AND r.state = 'sent'),
           count(*) FILTER (WHERE r.state = 'cancelled'), count(*) FILTER (WHERE r.state = 'suppressed'),
           count(*) FILTER (WHERE r.state = 'dead'), count(*) FILTER (WHERE r.state = 'held'),
           count(*) FILTER (WHERE r.state = 'waiting')
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
                SELECT FROM reminders_mail m JOIN reminders_attempt a ON a.mail_id = m.id
                WHERE m.person_id = p.id AND a.code = 550))
            """,
            ban=ban.pk,
        )
        page = world.page(f"/bans/{ban.pk}/unreachable/")
        shown = page.table("Who cannot be reached") if wanted else []
        assert sorted(row["Name"] for row in shown) == sorted(name for (name,) in wanted)
        seen += len(shown)
    assert seen
