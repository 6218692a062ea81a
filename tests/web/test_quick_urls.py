"""Addresses that are put together from the shape of their route are those that Django finds."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse


def written(tag: str, **values: object) -> str:
    return Template("{% url " + tag + " %}").render(Context(values))


@pytest.mark.parametrize("numbers", [(1, 2), (0, 10**18), (987_654_321_000, 987_654_321_001)])
def test_an_address_of_numbers_is_the_one_that_django_finds(numbers: tuple[int, int]) -> None:
    for _again in range(2):
        assert written("'team' one two", one=numbers[0], two=numbers[1]) == reverse("team", args=numbers)


def test_words_names_and_variables_are_left_to_django() -> None:
    assert written("'playbook' slug", slug="any-tool") == reverse("playbook", args=["any-tool"])
    assert written("'team' ban_id=1 team_id=2") == reverse("team", args=[1, 2])
    assert written("'team' 1 2 as there") == ""
    assert written("route 7", route="checklist") == reverse("checklist", args=[7])


@pytest.mark.parametrize("tag", ["'team' 1", "'team' 1 two", "'nowhere' 1", "'team' 1 minus"])
def test_what_leads_nowhere_is_said_as_django_says_it(tag: str) -> None:
    with pytest.raises(NoReverseMatch):
        written(tag, two="", minus=-1)
