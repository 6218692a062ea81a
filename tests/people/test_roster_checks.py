from collections.abc import Callable
from typing import Any

import pytest

FULL = "email,name,team,role,home_team,timezone,language,manager,site,external_id,active"
Problems = Callable[..., list[tuple[int, str]]]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (",Ana,Acme", "no email address"),
        ("ana.acme.example,Ana,Acme", "“ana.acme.example” is not an email address"),
        ("ana@acme,Ana,Acme", "is not an email address"),
        ("a..b@acme.example,Ana,Acme", "is not an email address"),
        (f"{'a' * 65}@acme.example,Ana,Acme", "is not an email address"),
        (f"ana@{'a' * 64}.example,Ana,Acme", "is not an email address"),
        ('"ana b@acme.example",Ana,Acme', "is not an email address"),
        ("ana@acme.example,,Acme", "no name"),
        (f"ana@acme.example,{'A' * 201},Acme", "too long: name"),
        ("ana@acme.example,Ana,", "no team"),
        ("ana@acme.example,Ana,Acme//Search", "empty name"),
        ("ana@acme.example,Ana,/Acme", "empty name"),
        ("ana@acme.example,Ana,Acme/", "empty name"),
        ("ana@acme.example,Ana,Acme/../Search", "dots"),
        ("ana@acme.example,Ana,Acme/Search/Acme", "loops"),
        ("ana@acme.example,Ana,Acme/Acme", "loops"),
        (f"ana@acme.example,Ana,Acme/{'s' * 201}", "too long: team"),
        (f"ana@acme.example,Ana,{'/'.join(f'{n:0100}' for n in range(12))}", "too long: team"),
        ("ana@acme.example,Ana,Acme,boss", "“boss” is not a role"),
        ("ana@acme.example,Ana,Acme,lead,maybe", "yes or no in this column: home team"),
        ("ana@acme.example,Ana,Acme,lead,yes,Mars/Base", "“Mars/Base” is not a time zone"),
        ("ana@acme.example,Ana,Acme,lead,yes,UTC,en,ana@acme.example", "own manager"),
        ("ana@acme.example,Ana,Acme,lead,yes,UTC,en,boss@acme.example", "neither in the file nor known"),
        ("ana@acme.example,Ana,Acme,,,,,,,,gone", "yes or no in this column: active"),
        ("ana@acme.example,Ana,Acme,,,,,,,,yes,more", "more cells"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_its_reason(problems: Problems, row: str, says: str) -> None:
    found = problems("bo@acme.example,Bo,Acme", row, "cy@acme.example,Cy,Acme", header=FULL)
    assert [line for line, _reason in found] == [3]
    assert says in found[0][1]


def test_a_name_may_come_again_below_the_root_and_the_root_in_other_letters(problems: Problems) -> None:
    assert problems("ana@acme.example,Ana,Acme/acme/sig-release/sig-release/team/sig-release") == []


def test_every_zone_of_the_tz_database_is_taken(problems: Problems) -> None:
    assert problems("ana@acme.example,Ana,Acme,EST5EDT", header="email,name,team,timezone") == []


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("name", "Ana", "Anna"),
        ("timezone", "UTC", "Asia/Shanghai"),
        ("site", "Oslo", "Rome"),
        ("external_id", "1", "2"),
        ("active", "yes", "no"),
        ("language", "en", "zh"),
        ("manager", "bo@acme.example", "cy@acme.example"),
    ],
)
def test_rows_that_say_different_things_of_one_person_contradict_each_other(
    problems: Problems, column: str, one: str, other: str
) -> None:
    header = "email,team,name" if column == "name" else f"email,team,name,{column}"
    tail = "" if column == "name" else "Ana,"
    others = [] if column != "manager" else ["bo@acme.example,Acme,Bo,", "cy@acme.example,Acme,Cy,"]
    found = problems(
        f"ana@acme.example,Acme,{tail}{one}", f"ANA@acme.example,Acme/Sales,{tail}{other}", *others, header=header
    )
    assert [line for line, _reason in found] == [3]
    assert "Line 2 says something else" in found[0][1]


def test_an_empty_cell_contradicts_nobody(problems: Problems) -> None:
    rows = ["ana@acme.example,Ana,Acme,,", "ana@acme.example,Ana,Acme/Sales,UTC,Oslo"]
    assert problems(*rows, header="email,name,team,timezone,site") == []


def test_two_home_teams_and_two_roles_in_one_team_are_bad(problems: Problems) -> None:
    found = problems(
        "ana@acme.example,Ana,Acme/Sales,member,yes",
        "ana@acme.example,Ana,Acme/Search,member,yes",
        "ana@acme.example,Ana,Acme/Sales,lead,yes",
    )
    assert [line for line, _reason in found] == [3, 4]
    assert "line 2 names “Acme/Sales”" in found[0][1]
    assert "role" in found[1][1]


def test_the_same_row_twice_is_no_contradiction(compared: Callable[..., Any]) -> None:
    row = "ana@acme.example,Ana,Acme,member,yes"
    comparison = compared(row, row)
    assert (comparison.bad_rows, comparison.memberships) == (0, 1)


def test_managers_in_a_circle_are_bad_also_when_half_of_it_is_known_here_alone(
    problems: Problems, person: Callable[..., Any]
) -> None:
    header = "email,name,team,manager"
    circle = ["a@acme.example,A,Acme,b@acme.example", "b@acme.example,B,Acme,c@acme.example"]
    found = problems(
        *circle, "c@acme.example,C,Acme,a@acme.example", "d@acme.example,D,Acme,a@acme.example", header=header
    )
    assert [line for line, reason in found if "circle" in reason] == [2, 3, 4]

    boss = person("boss")
    person("mid", line_manager=person("worker", line_manager=boss))
    found = problems("boss@acme.example,Boss,Acme,mid@acme.example", header=header)
    assert [line for line, _reason in found] == [2]


def test_an_external_id_belongs_to_one_person(problems: Problems, person: Callable[..., Any]) -> None:
    person("ana", external_id="E1")
    person("bo", external_id="E2")
    header = "email,name,team,external_id"
    twice = problems("x@acme.example,X,Acme,E9", "y@acme.example,Y,Acme,E9", header=header)
    assert twice == [(3, "Line 2 gives the same external id to x@acme.example.")]
    crossed = problems("ana@acme.example,Ana,Acme,E2", header=header)
    assert crossed == [(2, "The external id belongs to bo@acme.example, and this address to somebody else.")]
    reused = problems("ana@acme.example,Ana Nova,Acme,E7", header=header)
    assert reused == [(2, "The address belongs to the person with the external id E1.")]
    both = problems("ana@acme.example,Ana,Acme,", "ana.new@acme.example,Ana,Acme,E1", header=header)
    assert [line for line, _reason in both] == [3]


def test_the_row_of_a_leaver_needs_no_team(problems: Problems) -> None:
    assert problems("ana@acme.example,Ana,,no", header="email,name,team,active") == []


def test_an_unknown_language_is_a_notice_and_english(compared: Callable[..., Any]) -> None:
    comparison = compared("ana@acme.example,Ana,Acme,fr", header="email,name,team,language")
    assert (comparison.bad_rows, comparison.other_languages) == (0, {"fr": 1})
