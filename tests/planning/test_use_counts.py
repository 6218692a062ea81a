"""Old tool by new tool is kept beside the uses: it follows signals, people and their teams, and what forgets them."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from migration_planner.people.models import Membership, Team
from migration_planner.planning import audience, contradicting, signals, use_counts, using
from migration_planner.planning.models import Ban, Checklist, Tool, UseCount
from tests.planning.test_signals import take

OLD, NEW = "Old Editor", "New Editor"
Report = Callable[..., None]


@pytest.fixture
def report(ban: Ban, now: datetime) -> Report:
    def act(*rows: str) -> None:
        take(*(f"{row},1,sso" for row in rows), now=now + timedelta(days=40))

    return act


def counted(ban: Ban, path: str = "") -> list[Sequence[int]]:
    """The people of a ban or a team: for each side of the old tool, by each side of the new one."""
    found = using.sides(
        Ban.objects.select_related("tool", "replacement").get(pk=ban.pk), using.data(ban), path, now=ban.created_at
    )
    return [row.counts for row in found.rows] if found else []


def test_a_later_file_counts_those_again_whom_it_is_about(ban: Ban, employee: Any, lead: Any, report: Report) -> None:
    report(f"{employee.email},{OLD},2026-11-20", f"{lead.email},{OLD},2026-11-10")
    assert counted(ban) == [(0, 0, 1), (0, 0, 1), (0, 0, 1)]
    report(f"{lead.email},{OLD},2026-11-19")  # no source has reported further than before
    assert counted(ban) == [(0, 0, 2), (0, 0, 0), (0, 0, 1)]
    assert not use_counts.differences(ban)


def test_when_a_source_reports_further_everybody_is_counted_again(
    ban: Ban, employee: Any, lead: Any, owner: Any, report: Report
) -> None:
    report(f"{employee.email},{OLD},2026-11-20", f"{lead.email},{NEW},2026-11-20")
    report(f"{owner.email},{OLD},2026-11-28")  # seen from there the employee has stopped
    assert counted(ban) == [(0, 0, 1), (0, 0, 1), (1, 0, 0)]
    assert counted(ban, "Acme/Engineering/Search") == [(0, 0, 0), (0, 0, 1), (1, 0, 0)]
    assert not use_counts.differences(ban)


def test_signals_of_a_tool_that_the_ban_is_not_about_touch_no_count(ban: Ban, employee: Any, report: Report) -> None:
    Tool.objects.create(name="Some Chat")
    report(f"{employee.email},Some Chat,2026-11-20")
    assert not UseCount.objects.exists()


def test_who_moves_or_leaves_is_counted_where_they_are(
    ban: Ban, employee: Any, report: Report, search: Team, now: datetime
) -> None:
    report(f"{employee.email},{OLD},2026-11-20")
    elsewhere = search.parent
    assert elsewhere
    Membership.objects.filter(user=employee, is_home=True).update(team=elsewhere)
    audience.follow(ban, now=now)
    assert sum(map(sum, counted(ban, search.path))) == 1
    assert counted(ban, elsewhere.path)[0] == (0, 0, 1)
    employee.is_active = False
    employee.save(update_fields=["is_active"])
    audience.follow(ban, now=now)
    assert counted(ban)[0] == (0, 0, 0)
    assert not use_counts.differences(ban)


def test_a_ban_published_over_signals_that_are_known_has_its_counts_at_once(
    ban: Ban, employee: Any, report: Report, now: datetime
) -> None:
    report(f"{employee.email},{OLD},2026-11-20")
    UseCount.objects.all().delete()
    assert use_counts.differences(ban) > 0
    audience.follow(ban, now=now)
    assert counted(ban)[0] == (0, 0, 1)


def test_what_is_forgotten_is_counted_no_more(
    ban: Ban, employee: Any, report: Report, now: datetime, settings: Any
) -> None:
    report(f"{employee.email},{OLD},2026-11-20")
    settings.SIGNALS_KEEP_DAYS = 1
    signals.look(now=now + timedelta(days=60))
    assert counted(ban) == [(0, 0, 0), (0, 0, 0), (0, 0, 3)]
    assert not use_counts.differences(ban)


def test_after_its_end_the_old_tool_is_still_watched(ban: Ban, employee: Any, owner: Any, report: Report) -> None:
    report(f"{employee.email},{OLD},2026-11-20")
    ban.close(by=owner, now=ban.created_at)
    report(f"{owner.email},{OLD},2026-11-20")
    assert counted(ban)[0] == (0, 0, 2)


def test_a_file_speaks_only_of_its_people_and_the_hour_finds_the_others(
    ban: Ban, checklist: Checklist, employee: Any, owner: Any, report: Report, now: datetime
) -> None:
    """Days pass for everybody: who moved and never answered is found once the old tool has been quiet long enough."""
    report(f"{employee.email},{NEW},2026-11-20", f"{employee.email},{OLD},2026-11-10")
    report(f"{owner.email},{OLD},2026-11-28")
    open_ones = checklist.contradictions.filter(closed_at__isnull=True)
    assert not open_ones.exists()
    contradicting.find(ban, now=now)
    assert open_ones.get().kind == "moved_unanswered"


@pytest.mark.django_db(transaction=True)
def test_a_file_and_a_new_roster_at_once_leave_counts_that_are_right(
    ban: Ban, employee: Any, lead: Any, search: Team, now: datetime
) -> None:
    """Neither sees what the other has not committed: whoever counts second waits, and counts both."""
    later, moved, elsewhere = now + timedelta(days=40), threading.Event(), search.parent
    take(f"{lead.email},{OLD},2026-11-20,1,sso", now=later)

    def move() -> None:
        with transaction.atomic():
            Membership.objects.filter(user=employee, is_home=True).update(team=elsewhere)
            audience.follow(ban, now=now)
            moved.set()
            time.sleep(0.3)
        connection.close()

    def report() -> None:
        moved.wait()
        take(f"{employee.email},{OLD},2026-11-20,1,sso", now=later)
        connection.close()

    threads = [threading.Thread(target=act) for act in (move, report)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not use_counts.differences(ban)
    assert counted(ban, search.path)[0] == (0, 0, 1)
