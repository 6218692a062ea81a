"""A file that nobody applies is put aside, stays in the list, and can be taken up again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport, User
from migration_planner.people.roster import staging
from migration_planner.planning import rosters
from migration_planner.planning.models import Event


@pytest.fixture
def import_(owner: Any, now: datetime, tmp_path: Any) -> RosterImport:
    file = tmp_path / "wrong.csv"
    file.write_text("email,name,team\nana@acme.example,Ana,Acme")
    with file.open("rb") as raw:
        made = staging.stage(raw, name="wrong.csv", by=owner, now=now)
    rosters.preview(made)
    made.refresh_from_db()
    return made


def test_a_discarded_file_asks_for_no_decision_and_stays_in_the_list(
    client: Client, import_: RosterImport, owner: Any
) -> None:
    client.force_login(owner)
    page = f"/roster/{import_.pk}/"
    assert "Discard the file" in client.get(page).content.decode()
    answer = client.post(f"{page}discarding/", follow=True)
    shown = answer.content.decode()
    assert "This file was discarded" in shown
    assert "Apply the roster" not in shown
    listed = client.get("/roster/").content.decode()
    assert "wrong.csv" in listed
    assert "Discarded" in listed
    event = Event.objects.get(verb=Event.Verb.ROSTER_DISCARDED)
    assert (event.actor, event.data) == (owner, {"import": import_.pk, "file": "wrong.csv"})


def test_it_is_taken_up_again_compared_anew_and_applied(
    client: Client, import_: RosterImport, owner: Any, now: datetime
) -> None:
    rosters.discard(import_, by=owner, now=now)
    client.force_login(owner)
    page = f"/roster/{import_.pk}/"
    assert "Take it up again" in client.get(page).content.decode()
    client.post(f"{page}comparison/")
    assert Event.objects.filter(verb=Event.Verb.ROSTER_TAKEN_UP).count() == 1
    client.post(f"{page}application/")
    rosters.apply_next(now=now)
    assert User.objects.filter(name="Ana").exists()


def test_what_is_discarded_in_force_or_at_work_is_not_discarded_and_says_why(
    import_: RosterImport, owner: Any, now: datetime
) -> None:
    rosters.discard(import_, by=owner, now=now)
    with pytest.raises(DomainError, match=r"“wrong\.csv” was discarded\. Take it up again"):
        rosters.discard(import_, by=owner, now=now)
    with pytest.raises(DomainError, match="was discarded"):
        import_.request(by=owner, now=now)
    rosters.look_again(import_, by=owner, now=now)
    import_.request(by=owner, now=now)
    with pytest.raises(DomainError, match="being applied already"):
        rosters.discard(import_, by=owner, now=now)
    rosters.apply_next(now=now)
    with pytest.raises(DomainError, match="in force already"):
        rosters.discard(import_, by=owner, now=now)
    assert Event.objects.filter(verb=Event.Verb.ROSTER_DISCARDED).count() == 1


def test_a_worker_that_still_compares_it_does_not_bring_it_back(owner: Any, now: datetime, tmp_path: Any) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("email,name,team\nana@acme.example,Ana,Acme")
    with file.open("rb") as raw:
        made = staging.stage(raw, name="wrong.csv", by=owner, now=now)
    at_work = RosterImport.claim_comparison()
    assert at_work is not None
    rosters.preview(made)
    rosters.discard(made, by=owner, now=now)
    with pytest.raises(DomainError, match="was discarded"):
        rosters.preview(at_work)
    made.refresh_from_db()
    assert made.is_discarded


def test_once_its_rows_are_forgotten_it_is_uploaded_again(import_: RosterImport, owner: Any, now: datetime) -> None:
    rosters.discard(import_, by=owner, now=now)
    staging.forget_rows(now=now + timedelta(days=8))
    with pytest.raises(DomainError, match="Upload it again"):
        rosters.look_again(import_, by=owner, now=now + timedelta(days=8))
    import_.refresh_from_db()
    assert import_.is_discarded
