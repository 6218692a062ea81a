"""Two at once, with real transactions."""

import io
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport, User
from migration_planner.people.roster import staging
from migration_planner.people.roster.telling import telling
from migration_planner.planning import publishing, rosters
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at the same time; gives what each returned, or the DomainError it met."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = acts[place]()
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def upload(*rows: str, by: Any, now: datetime) -> RosterImport:
    text = "\n".join(["email,name,team", *rows])
    return staging.stage(io.BytesIO(text.encode()), name="roster.csv", by=by, now=now)


def test_the_same_roster_applied_twice_at_once_is_applied_once(owner: Any, now: datetime) -> None:
    import_ = upload("ana@acme.example,Ana,Acme", by=owner, now=now)
    copies = RosterImport.objects.get(pk=import_.pk), RosterImport.objects.get(pk=import_.pk)
    results = together(*(partial(rosters.apply_roster, copy, by=owner, now=now) for copy in copies))
    assert sum(isinstance(result, DomainError) for result in results) == 1
    assert Event.objects.filter(verb=Event.Verb.ROSTER_APPLIED).count() == 1


def test_two_workers_take_two_rosters_and_the_later_one_is_told_that_its_preview_is_stale(
    owner: Any, now: datetime
) -> None:
    for name in ("Ana", "Anna"):
        import_ = upload(f"ana@acme.example,{name},Acme", by=owner, now=now)
        rosters.preview(import_)
        import_.request(by=owner, now=now)
    together(lambda: rosters.apply_next(now=now), lambda: rosters.apply_next(now=now))
    states = sorted(RosterImport.objects.values_list("state", flat=True))
    assert states == [RosterImport.State.APPLIED, RosterImport.State.REFUSED]
    assert "has applied another roster" in RosterImport.objects.get(state="refused").error
    assert User.objects.filter(email="ana@acme.example").count() == 1


def test_who_joins_while_a_ban_is_published_is_not_forgotten(draft: Any, owner: Any, now: datetime) -> None:
    import_ = upload("ana@acme.example,Ana,Acme", by=owner, now=now)
    results: list[Any] = []
    publish = threading.Thread(
        target=lambda: results.extend(together(lambda: publishing.publish(draft, by=owner, now=now)))
    )

    def press_publish(what: str, share: int) -> None:
        """The owner publishes when the roster has been compared, and long before it comes into force."""
        if what == "memberships":
            publish.start()
            publish.join(timeout=1)
            assert publish.is_alive(), "publishing waits for the roster"

    rosters.apply_roster(import_, by=owner, now=now, tell=press_publish)
    publish.join(timeout=30)
    assert not isinstance(results[0], Exception)
    assert draft.checklists.filter(person__name="Ana").exists()
    assert not differences(draft)


def test_progress_can_be_read_while_the_roster_is_being_applied(owner: Any, now: datetime) -> None:
    import_ = upload("ana@acme.example,Ana,Acme", by=owner, now=now)
    rosters.preview(import_)
    import_.request(by=owner, now=now)
    claimed = RosterImport.claim()
    assert claimed is not None
    seen: list[tuple[str, int]] = []

    def look(what: str, share: int) -> None:
        tell(what, share)
        read = threading.Thread(
            target=lambda: (
                seen.extend(RosterImport.objects.filter(pk=import_.pk).values_list("progress", "share")),
                connection.close(),
            )
        )
        read.start()
        read.join()

    with telling(claimed) as tell:
        rosters.apply_roster(claimed, by=owner, now=now, tell=look)
    assert [what for what, _share in seen] == ["checking", "teams", "people", "memberships"]
    assert [share for _what, share in seen] == sorted(share for _what, share in seen)
    claimed.refresh_from_db()
    assert claimed.state == RosterImport.State.APPLIED


def test_a_worker_that_dies_halfway_leaves_nothing_behind_and_the_next_one_finishes(owner: Any, now: datetime) -> None:
    import_ = upload("ana@acme.example,Ana,Acme/Sales", by=owner, now=now)
    rosters.preview(import_)
    import_.request(by=owner, now=now)
    claimed = RosterImport.claim()
    assert claimed is not None

    def die(what: str, share: int) -> None:
        if what == "memberships":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rosters.apply_roster(claimed, by=owner, now=now, tell=die)
    assert not User.objects.filter(name="Ana").exists()
    assert rosters.apply_next(now=now) is None, "the lease of the dead one has not run out"
    RosterImport.objects.update(lease_until=now)
    done = rosters.apply_next(now=now)
    assert done is not None
    assert (done.state, done.attempts) == (RosterImport.State.APPLIED, 2)
    assert User.objects.get(name="Ana").memberships.count() == 1


def test_a_worker_that_was_taken_for_dead_cannot_apply_beside_the_next(owner: Any, now: datetime) -> None:
    import_ = upload("ana@acme.example,Ana,Acme", by=owner, now=now)
    rosters.preview(import_)
    import_.request(by=owner, now=now)
    slow = RosterImport.claim()
    assert slow is not None
    RosterImport.objects.update(lease_until=now)
    assert RosterImport.claim() is not None
    with pytest.raises(DomainError, match="applied already"):
        rosters.apply_roster(slow, by=owner, now=now)
    assert not User.objects.filter(name="Ana").exists()
