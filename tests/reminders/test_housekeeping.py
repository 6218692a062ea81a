"""What the night throws away, and what it leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

from migration_planner.people.models import RosterRow
from migration_planner.people.roster import staging
from migration_planner.reminders import checking

NIGHT = datetime(2026, 11, 3, 2, 30, tzinfo=UTC)


def entries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_cache")
        return int(cursor.fetchone()[0])


def test_the_night_forgets_what_has_run_out_and_leaves_what_has_not(db: None, owner: Any, tmp_path: Any) -> None:
    for key, ends in (("old", NIGHT - timedelta(minutes=1)), ("new", NIGHT + timedelta(minutes=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
        cache.set(key, 1, timeout=60)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE people_cache SET expires = %s WHERE cache_key LIKE %s", [ends, f"%{key}"])
        file = tmp_path / key
        file.write_text("email,name,team\nana@acme.example,Ana,Acme")
        uploaded = NIGHT - timedelta(days=8 if key == "old" else 1)
        with file.open("rb") as raw:
            staging.stage(raw, name=key, by=owner, now=uploaded)
    assert checking.check_daily(now=NIGHT) is not None
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert entries() == 1
    assert [row.roster_import.file_name for row in RosterRow.objects.all()] == ["new"]
    assert checking.check_daily(now=NIGHT + timedelta(hours=2)) is None, "once a night"
