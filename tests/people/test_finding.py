from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from migration_planner.people.finding import people_called, teams_called, words_of
from migration_planner.people.models import Team, User

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[str]:
    return sorted(user.name for user in people_called(User.objects.all(), words_of(typed)))


@pytest.fixture
def crowd(person: Callable[..., Any]) -> None:
    for name in ("ann lee", "lee wong", "annabel", "özil mesut", "王伟", "50% off", "a_b"):
        User.objects.create(name=name.title(), email="")
    User.objects.create(name="Zoe", email="zoe.q@acme.example", external_id="E-7712")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("nabe", ["Annabel"]),
        ("ANN", ["Ann Lee", "Annabel"]),
        ("lee an", ["Ann Lee"]),
        ("wo", ["Lee Wong"]),
        ("on", []),
        ("ÖZIL", ["Özil Mesut"]),
        ("öz", ["Özil Mesut"]),
        ("王", ["王伟"]),
        ("王伟", ["王伟"]),
        ("zoe.q@", ["Zoe"]),
        ("acme.example", []),
        ("e-77", ["Zoe"]),
        ("50%", ["50% Off"]),
        ("%%", []),
        ("a_b", ["A_B"]),
        ("___", []),
    ],
)
def test_people_are_found_by_parts_of_names_and_beginnings_of_addresses_and_ids(
    crowd: None, typed: str, names: list[str]
) -> None:
    assert found(typed) == names


def test_a_single_letter_or_nothing_is_no_question_but_one_chinese_character_is() -> None:
    assert (words_of("a"), words_of("  "), words_of("a b")) == ([], [], [])
    assert words_of("王") == ["王"]
    assert words_of("Jo  S") == ["jo", "s"]
    assert len(words_of("ab " * 90)) == 6


def test_teams_are_found_by_parts_of_their_paths(search: Any, sales: Any) -> None:
    def paths(typed: str) -> list[str]:
        return sorted(team.path for team in teams_called(Team.objects.all(), words_of(typed)))

    assert paths("engineering/se") == ["Acme/Engineering/Search"]
    assert paths("acme sal") == ["Acme/Sales"]
    assert paths("nobody") == []


@pytest.mark.parametrize(
    ("typed", "index"),
    [
        ("wong", "people_by_parts_of_names"),
        ("lee wong", "people_by_parts_of_names"),
        ("wo", "people_by_parts_of_names"),
        ("王伟", "people_by_beginnings_of_names"),
        ("zoe.q@", "people_by_beginnings_of_addresses"),
        ("e-77", "people_by_beginnings_of_external_ids"),
    ],
)
def test_what_is_typed_is_answered_from_the_indexes(typed: str, index: str) -> None:
    """Over an empty table any plan would do; without whole scans of tables and of one index it has to be these."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert index in people_called(User.objects.all(), words_of(typed)).explain()


def test_parts_of_paths_are_answered_from_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "teams_by_parts_of_paths" in teams_called(Team.objects.all(), words_of("eng search")).explain()
