"""Who owns an address owns the account: a roster gives people another one in an administrator's hands alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, User
from migration_planner.people.roster import staging
from migration_planner.planning import rosters

HEADER = "email,name,team,external_id,active"
TAKEN_OVER = "mine@evil.example,Eve Evil,Acme,E1,"
GOOD = "new@acme.example,New,Acme,E9,"


@pytest.fixture
def eve(employee: Any) -> Any:
    User.objects.filter(pk=employee.pk).update(external_id="E1")
    return User.objects.get(pk=employee.pk)


@pytest.fixture
def staged(owner: Any, now: datetime, tmp_path: Any) -> Callable[..., Any]:
    def stage(*rows: str, by: Any = owner, full: bool = False) -> Any:
        file = tmp_path / "roster.csv"
        file.write_text("\n".join([HEADER, *rows]))
        with file.open("rb") as raw:
            return staging.stage(raw, name="roster.csv", by=by, now=now, full=full)

    return stage


def untouched(person: Any) -> bool:
    now = User.objects.get(pk=person.pk)
    place = Membership.objects.get(user=person)
    return (now.email, now.name, now.is_active, place.team.path) == (
        "eve@acme.example",
        "Eve",
        True,
        "Acme/Engineering/Search",
    )


def test_an_owners_file_gives_nobody_another_address_and_the_other_rows_come_in(
    owner: Any, eve: Any, staged: Callable[..., Any], now: datetime
) -> None:
    import_ = staged(TAKEN_OVER, GOOD)
    with pytest.raises(DomainError, match=r"line 2: This is a new address for eve@acme\.example.*administrators"):
        rosters.apply_roster(import_, by=owner, now=now)
    import_.skip_bad = True
    comparison = rosters.apply_roster(import_, by=owner, now=now)
    assert (comparison.bad_rows, comparison.for_administrators, comparison.counts["joiners"]) == (1, 1, 1)
    assert untouched(eve)
    assert User.objects.filter(email="new@acme.example").exists()


def test_nor_by_a_file_that_names_everybody_nor_to_whom_has_left(
    owner: Any, eve: Any, staged: Callable[..., Any], now: datetime
) -> None:
    keep = ["olga@acme.example,Olga,Acme,,", GOOD]
    import_ = staged(TAKEN_OVER, *keep, full=True)
    import_.skip_bad = True
    rosters.apply_roster(import_, by=owner, now=now)
    assert untouched(eve)
    Membership.objects.filter(user=eve).delete()
    User.objects.filter(pk=eve.pk).update(is_active=False)
    import_ = staged(TAKEN_OVER, *keep)
    import_.skip_bad = True
    rosters.apply_roster(import_, by=owner, now=now)
    eve.refresh_from_db()
    assert (eve.email, eve.is_active) == ("eve@acme.example", False)


def test_an_owner_may_still_say_everything_else_of_people(
    owner: Any, eve: Any, staged: Callable[..., Any], now: datetime
) -> None:
    rosters.apply_roster(staged("EVE@acme.example,Eve Novak,Acme/Sales,E1,"), by=owner, now=now)
    eve.refresh_from_db()
    assert (eve.name, Membership.objects.get(user=eve).team.path) == ("Eve Novak", "Acme/Sales")


def test_an_administrator_sees_what_the_same_file_does_in_their_hands_before_applying_it(
    client: Client, eve: Any, administrator: Any, staged: Callable[..., Any], now: datetime
) -> None:
    import_ = staged(TAKEN_OVER)
    rosters.preview(import_)
    page = f"/roster/{import_.pk}/"
    client.force_login(import_.uploaded_by)
    shown = client.get(page).content.decode()
    assert "1 row needs an administrator" in shown
    client.force_login(administrator)
    shown = client.get(page).content.decode()
    assert "are yours to decide" in shown
    assert "Apply the roster" not in shown, "the preview was made for somebody who may do less"
    client.post(f"{page}comparison/")
    shown = client.get(page).content.decode()
    assert "mine@evil.example" in shown
    assert "needs an administrator" not in shown
    client.post(f"{page}application/")
    rosters.apply_next(now=now)
    eve.refresh_from_db()
    assert eve.email == "mine@evil.example"


def test_what_an_administrator_has_looked_at_is_refused_in_an_owners_hands(
    eve: Any, owner: Any, administrator: Any, staged: Callable[..., Any], now: datetime
) -> None:
    import_ = staged(TAKEN_OVER)
    rosters.preview(import_, by=administrator)
    import_.request(by=owner, now=now)
    rosters.apply_next(now=now)
    import_.refresh_from_db()
    assert (import_.state, untouched(eve)) == ("refused", True)
    assert "only administrators" in import_.error
