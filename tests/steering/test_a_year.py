"""After some simulated weeks over the real roster's structure every number on every page is the one that a count of our own
gives, in plain SQL without any counter or statement of the product. The pages are read as a reader sees them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from migration_planner.reminders import balancing, checking
from tests.year import counts, figures, files, lists, mails, past, people, risks
from tests.year.counts import Person
from tests.year.world import END, World, live

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Lived once; the end takes it down. Its clock stands at their end."""
    patched = pytest.MonkeyPatch()
    with django_db_blocker.unblock(), transaction.atomic():
        patched.setattr(timezone, "now", lambda: END)
        yield live()
        transaction.set_rollback(True)
    patched.undo()


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, list[Person]]:
    """Everybody under each ban, counted here."""
    return {tool: counts.people(world.ban(tool).pk) for tool in figures.ALL}


def test_there_is_something_of_everything_to_be_counted(world: World, known: dict[str, list[Person]]) -> None:
    figures.everything_happened(world, known)


def test_the_pages_of_bans(world: World, known: dict[str, list[Person]]) -> None:
    for tool in figures.ALL:
        figures.page_of_ban(world, known, tool)


def test_the_portfolio(world: World, known: dict[str, list[Person]]) -> None:
    figures.portfolio(world, known)


def test_the_tree_at_every_level(world: World, known: dict[str, list[Person]]) -> None:
    figures.tree(world, known)


def test_the_page_of_every_team(world: World, known: dict[str, list[Person]]) -> None:
    figures.pages_of_teams(world, known)


def test_the_heat_map(world: World, known: dict[str, list[Person]]) -> None:
    figures.heat_map(world, known)


def test_the_debt_of_waivers(world: World) -> None:
    lists.debt(world)


def test_gaps_and_contradictions(world: World) -> None:
    lists.gaps(world)
    lists.contradictions(world)
    lists.sides(world)


def test_who_has_acknowledged(world: World, known: dict[str, list[Person]]) -> None:
    lists.acknowledgements(world, known)


def test_the_mail(world: World, known: dict[str, list[Person]]) -> None:
    mails.mail(world, known)
    mails.unreachable(world, known)


def test_single_people_page_by_page(world: World, known: dict[str, list[Person]]) -> None:
    people.everybody(world, known)
    people.checklists(world, known)
    people.held_up(world, known)
    people.moments(world, known)


def test_waves_promises_the_mail_of_a_week_and_the_seals(world: World, known: dict[str, list[Person]]) -> None:
    people.waves(world, known)
    people.promises(world, known)
    people.week(world)
    people.sealed(world, known)


def test_why_teams_will_be_late(world: World, known: dict[str, list[Person]]) -> None:
    risks.risks(world, known)


def test_every_file_row_for_row(world: World, known: dict[str, list[Person]]) -> None:
    files.files(world, known)


def test_past_days(world: World) -> None:
    past.of_days(world)
    past.burn_up(world)


def test_the_state_at_the_cutoff(world: World) -> None:
    past.at_cutoff(world)


def test_what_differs_from_last_week(world: World, known: dict[str, list[Person]]) -> None:
    past.since_last_week(world, known)


def test_everything_that_is_kept_adds_up(world: World) -> None:
    """Counters against what they count, history against its seals, the balance of mail, and no mail after completion."""
    call_command("recount", "--check")
    call_command("verify_history")
    assert checking.deep(now=END) == []
    for tool in figures.ALL:
        assert balancing.of_ban(world.ban(tool), now=END).adds_up
    late = """
        SELECT count(*) FROM reminders_reminder r JOIN reminders_mail m ON m.id = r.mail_id JOIN planning_checklist c
        ON c.ban_id = r.ban_id AND c.person_id = r.person_id WHERE r.kind = 'rung' AND r.state = 'sent' AND c.done_at < m.date
    """
    assert counts.one(late) == 0
    assert world.year.refused == []
