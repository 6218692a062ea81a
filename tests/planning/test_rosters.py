import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, RosterImport, RosterRow, Team, User
from migration_planner.people.roster import staging
from migration_planner.people.roster.comparing import compare
from migration_planner.planning import rosters
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Checklist, Event, Mark

REAL = Path(rosters.__file__).parents[1] / "local" / "data" / "roster.csv"
ACME = [
    "olga@acme.example,Olga,Acme,member,yes",
    "lee@acme.example,Lee,Acme/Engineering/Search,lead,yes",
    "eve@acme.example,Eve,Acme/Engineering/Search,member,yes",
]
Roster = Callable[..., Any]


def changed(comparison: Any) -> dict[str, int]:
    return {name: number for name, number in comparison.counts.items() if number}


def home(user: User) -> str:
    return Membership.objects.get(user=user, is_home=True).team.path


# What a roster makes of people and teams


def test_the_real_roster_comes_in_whole_and_again_changes_nothing(owner: Any, now: datetime) -> None:
    before = {"teams": Team.objects.count(), "events": Event.objects.count()}
    for expected in ({"joiners": 1509, "memberships_added": 6281, "new_teams": 837}, {}):
        with REAL.open("rb") as raw:
            import_ = staging.stage(raw, name="roster.csv", by=owner, now=now)
        comparison = rosters.apply_roster(import_, by=owner, now=now)
        assert changed(comparison) == expected
        assert (comparison.people, comparison.memberships, comparison.teams) == (1509, 6281, 769)
    kube = User.objects.filter(email__endswith="@kube.example")
    assert kube.count() == 1509
    assert Membership.objects.filter(user__in=kube).count() == 6281
    assert Membership.objects.filter(user__in=kube, is_home=True).count() == 1509
    assert Team.objects.count() - before["teams"] == 837
    assert Event.objects.count() - before["events"] == 1
    assert not RosterRow.objects.exists()
    deepest = Team.objects.order_by("-depth").first()
    assert deepest is not None
    assert deepest.depth == 6
    assert deepest.parent is not None
    assert deepest.parent.path == deepest.path.rpartition("/")[0]


def test_a_column_or_a_cell_that_is_missing_leaves_things_as_they_are(roster: Roster) -> None:
    header = "email,name,team,timezone,language,site,external_id,manager"
    roster(
        "ana@acme.example,Ana,Acme,Asia/Shanghai,zh,Oslo,E1,bo@acme.example",
        "bo@acme.example,Bo,Acme,,,,,",
        header=header,
    )
    assert changed(roster("ana@acme.example,Ana,Acme")) == {}
    ana = User.objects.get(email="ana@acme.example")
    assert (ana.zone, ana.language, ana.site, ana.external_id) == ("Asia/Shanghai", "zh-hans", "Oslo", "E1")
    assert ana.line_manager is not None
    assert changed(roster("ana@acme.example,Ana,Acme,,,,,", header=header)) == {"changed_fields": 2}
    ana.refresh_from_db()
    assert (ana.zone, ana.site, ana.external_id, ana.line_manager) == ("Asia/Shanghai", "", "E1", None)


def test_fields_that_changed_are_shown_with_what_they_were(roster: Roster, staged_rows: Roster) -> None:
    header = "email,name,team,timezone,manager"
    rows = ["ana@acme.example,Ana,Acme,UTC,", "bo@acme.example,Bo,Acme,UTC,ana@acme.example"]
    roster(*rows, header=header)
    comparison = compare(
        staged_rows("Ana@ACME.example,Ana Nova,Acme,Asia/Tokyo,", "bo@acme.example,Bo,Acme,UTC,", header=header)
    )
    assert comparison.first["changed_fields"] == [
        {"email": "ana@acme.example", "field": "name", "before": "Ana", "after": "Ana Nova"},
        {"email": "ana@acme.example", "field": "timezone", "before": "UTC", "after": "Asia/Tokyo"},
        {"email": "bo@acme.example", "field": "manager", "before": "ana@acme.example", "after": ""},
    ]


def test_a_zone_of_ones_own_choice_stands_until_the_roster_says_something_new(roster: Roster) -> None:
    header = "email,name,team,timezone,language"
    roster("ana@acme.example,Ana,Acme,Europe/Oslo,en", header=header)
    User.objects.filter(name="Ana").update(zone="Asia/Tokyo", language="zh-hans")
    assert changed(roster("ana@acme.example,Ana,Acme,Europe/Oslo,en", header=header)) == {}
    assert User.objects.get(name="Ana").zone == "Asia/Tokyo"
    roster("ana@acme.example,Ana,Acme,America/Lima,en", header=header)
    ana = User.objects.get(name="Ana")
    assert (ana.zone, ana.language) == ("America/Lima", "zh-hans")


def test_an_external_id_makes_a_new_address_the_same_person(roster: Roster, owner: Any) -> None:
    owner.is_administrator = True  # who alone may give people another address
    header = "email,name,team,external_id"
    roster("ana@acme.example,Ana,Acme,E1", header=header)
    ana = User.objects.get(external_id="E1")
    User.objects.filter(pk=ana.pk).update(address_refused_at=ana.joined_at)
    found = roster("ana.nova@acme.example,Ana,Acme,E1", header=header, full=True, confirm_leavers=True)
    assert changed(found)["changed_fields"] == 1
    ana.refresh_from_db()
    assert (ana.email, ana.address_refused_at, ana.is_active) == ("ana.nova@acme.example", None, True)


def test_without_a_word_on_home_the_old_home_stays_and_else_the_first_row_is_it(roster: Roster) -> None:
    roster("ana@acme.example,Ana,Acme/Sales", "ana@acme.example,Ana,Acme/Search")
    ana = User.objects.get(name="Ana")
    assert home(ana) == "Acme/Sales"
    roster("ana@acme.example,Ana,Acme/Search,member,yes", "ana@acme.example,Ana,Acme/Sales,member,no")
    assert home(ana) == "Acme/Search"
    assert changed(roster("ana@acme.example,Ana,Acme/Sales", "ana@acme.example,Ana,Acme/Search")) == {}
    assert home(ana) == "Acme/Search"


def test_for_a_person_in_the_file_its_teams_are_the_truth_and_others_stay(roster: Roster) -> None:
    roster("ana@acme.example,Ana,Acme/Sales", "ana@acme.example,Ana,Acme/Old", "bo@acme.example,Bo,Acme/Sales")
    found = roster("ana@acme.example,Ana,Acme/Sales,lead")
    assert changed(found) == {"memberships_removed": 1, "memberships_changed": 1, "emptied_teams": 1}
    assert found.first["emptied_teams"] == [{"team": "Acme/Old"}]
    assert Membership.objects.get(user__name="Ana").role == "lead"
    assert Membership.objects.filter(user__name="Bo").count() == 1


# Who leaves


@pytest.fixture
def ten(roster: Roster) -> list[str]:
    rows = [f"p{n}@big.example,P{n},Big" for n in range(20)]
    roster(*rows, *ACME)
    return rows


def test_nobody_leaves_by_a_file_that_is_not_full(roster: Roster, ten: list[str]) -> None:
    assert changed(roster(ten[0])) == {}


def test_a_full_file_makes_those_leave_whom_it_does_not_name(roster: Roster, ten: list[str], client: Client) -> None:
    gone = User.objects.get(name="P19")
    client.force_login(gone)
    assert client.get("/").status_code == 200
    found = roster(*ten[:19], *ACME, full=True)
    assert changed(found) == {"leavers": 1, "memberships_removed": 1}
    gone.refresh_from_db()
    assert not gone.is_active
    assert not gone.memberships.exists()
    assert client.get("/").status_code == 302
    User.objects.filter(pk=gone.pk).update(is_active=True)
    assert client.get("/").status_code == 302, "the old session must not come back to life with its owner"


def test_a_returner_joins_again_as_the_same_person(roster: Roster, ten: list[str]) -> None:
    pk = User.objects.get(name="P19").pk
    roster("p19@big.example,P19,,,,no", header="email,name,team,role,home_team,active")
    assert not User.objects.get(pk=pk).is_active
    found = roster(ten[19])
    assert found.first["joiners"] == [{"email": "p19@big.example", "name": "P19", "team": "Big", "returns": True}]
    assert User.objects.get(pk=pk).is_active


def test_a_tenth_may_leave_but_more_need_a_word(roster: Roster, ten: list[str]) -> None:
    with pytest.raises(DomainError, match="3 of 23 people would leave, more than 10 %"):
        roster(*ten[:17], *ACME, full=True)
    assert User.objects.active().filter(name__startswith="P").count() == 20
    roster(*ten[:18], *ACME, full=True)
    roster(*ten[:10], *ACME, full=True, confirm_leavers=True)
    assert User.objects.active().filter(name__startswith="P").count() == 10


def test_accounts_without_a_team_are_not_of_the_roster(roster: Roster, administrator: Any, auditor: Any) -> None:
    roster(*ACME)
    roster(*ACME, full=True)
    assert User.objects.active().filter(pk__in=[administrator.pk, auditor.pk]).count() == 2


def test_the_last_administrator_does_not_leave(
    roster: Roster, staged_rows: Roster, person: Callable[..., Any], acme: Any, now: datetime
) -> None:
    person("ada", home=acme, is_administrator=True)
    with pytest.raises(DomainError, match="last administrator"):
        roster(*ACME, full=True, confirm_leavers=True)
    alan = person("alan", is_administrator=True)
    rosters.apply_roster(staged_rows(*ACME, full=True, confirm_leavers=True), by=alan, now=now)
    assert not User.objects.get(name="Ada").is_active


def test_an_owner_cannot_take_over_an_account_with_a_role_by_giving_it_another_address(
    roster: Roster, staged_rows: Roster, person: Callable[..., Any], administrator: Any, acme: Any, now: datetime
) -> None:
    ada = person("ada", home=acme, is_administrator=True, external_id="E1")
    row, header = "mine@evil.example,Ada,Acme,E1", "email,name,team,external_id"
    with pytest.raises(DomainError, match="new address for ada@acme"):
        roster(row, header=header)
    ada.refresh_from_db()
    assert ada.email == "ada@acme.example"
    rosters.apply_roster(staged_rows(row, header=header), by=administrator, now=now)
    ada.refresh_from_db()
    assert ada.email == "mine@evil.example"


def test_an_owner_cannot_let_an_administrator_leave(
    roster: Roster, person: Callable[..., Any], administrator: Any, acme: Any
) -> None:
    person("ada", home=acme, is_administrator=True)
    with pytest.raises(DomainError, match="Ask an administrator"):
        roster(*ACME, full=True, confirm_leavers=True)


# Bad rows


def test_bad_rows_stop_the_import_and_nothing_changes(roster: Roster) -> None:
    with pytest.raises(DomainError, match="2 rows cannot be taken, the first is line 3"):
        roster("ana@acme.example,Ana,Acme", "bo@acme.example,Bo,", "cy,Cy,Acme")
    assert not User.objects.filter(name="Ana").exists()
    assert not RosterImport.objects.applied().exists()


def test_whom_a_bad_row_names_loses_nothing(roster: Roster) -> None:
    header = "email,name,team,role,home_team,external_id"
    rows = ["ana@acme.example,Ana,Acme/Sales,member,yes,E1", "ana@acme.example,Ana,Acme/Search,lead,no,E1"]
    roster(*rows, "bo@acme.example,Bo,Acme/Sales,member,yes,E2", *ACME, header=header)
    ana = User.objects.get(name="Ana")
    found = roster(
        "ana@acme.example,Ana,Acme//Sales,member,yes,E1",
        "ana@acme.example,Ana,Acme/Help,member,no,E1",
        "bo(at)acme.example,Bo,Acme/Sales,member,yes,E2",
        *ACME,
        header=header, full=True, skip_bad=True,
    )  # fmt: skip
    assert found.bad_rows == 2
    assert changed(found) == {"memberships_added": 1, "new_teams": 1}
    assert sorted(ana.memberships.values_list("team__path", flat=True)) == ["Acme/Help", "Acme/Sales", "Acme/Search"]
    assert home(ana) == "Acme/Sales"
    assert User.objects.get(name="Bo").is_active


def test_a_leaver_with_a_bad_row_stays_until_that_row_is_mended(roster: Roster) -> None:
    roster("ana@acme.example,Ana,Acme")
    rows = ["ana@acme.example,Ana,Acme,no", "ana@acme.example,Ana,Acme//Sales,"]
    roster(*rows, header="email,name,team,active", skip_bad=True)
    assert User.objects.get(name="Ana").is_active
    roster(rows[0], header="email,name,team,active", confirm_leavers=True)
    assert not User.objects.get(name="Ana").is_active


def test_a_new_home_beside_a_bad_row_takes_the_place_of_the_old_one(roster: Roster) -> None:
    roster("ana@acme.example,Ana,Acme/Sales,member,yes")
    roster("ana@acme.example,Ana,Acme/Help,member,yes", "ana@acme.example,Ana,Acme//Sales", skip_bad=True)
    ana = User.objects.get(name="Ana")
    assert home(ana) == "Acme/Help"
    assert ana.memberships.count() == 2


# What it makes of published bans


def test_a_joiner_gets_a_checklist_a_mover_takes_it_along_and_a_leaver_stops(
    ban: Any, roster: Roster, lead: Any, employee: Any, now: datetime
) -> None:
    mine = ban.checklists.get(person=employee)
    mine.mark(mine.steps().first(), Mark.State.DONE, by=employee, now=now)
    found = roster(
        ACME[0],
        "eve@acme.example,Eve,Acme/Sales/North,member,yes",
        "new@acme.example,New,Acme/Sales/North,member,yes",
        "far@other.example,Far,Other,member,yes",
        full=True,
        confirm_leavers=True,
    )
    assert changed(found) == {
        "joiners": 2, "movers": 1, "leavers": 1, "memberships_added": 3, "memberships_removed": 2,
        "new_teams": 3, "emptied_teams": 1,
    }  # fmt: skip
    states = {
        row.person.name: (row.migration.path, row.state) for row in ban.checklists.select_related("person", "migration")
    }
    assert states == {
        "Olga": ("Acme", "not_started"),
        "Eve": ("Acme/Sales/North", "started"),
        "New": ("Acme/Sales/North", "not_started"),
        "Lee": ("Acme/Engineering/Search", "stopped"),
    }
    assert ban.checklists.get(person=lead).stopped_why == Checklist.Stopped.LEFT
    assert not differences(ban)
    event = Event.objects.get(verb=Event.Verb.ROSTER_APPLIED, ban=None)
    assert event.data["bans"] == {str(ban.pk): {"joined": 1, "moved": 1, "stopped": 1, "returned": 0}}
    assert (event.data["joiners"], event.data["movers"], event.data["leavers"]) == (2, 1, 1)
    told = ban.events.get(verb=Event.Verb.ROSTER_APPLIED)  # in the history of the ban too, whose figures it changed
    assert told.data == {"joined": 1, "moved": 1, "stopped": 1, "returned": 0}


def test_a_roster_that_does_not_touch_a_ban_leaves_no_line_in_its_history(ban: Any, roster: Roster) -> None:
    roster("far@other.example,Far,Other,member,yes")
    assert not ban.events.filter(verb=Event.Verb.ROSTER_APPLIED).exists()


def test_drafts_and_ended_bans_are_left_alone(ban: Any, roster: Roster, owner: Any, now: datetime) -> None:
    ban.close(by=owner, now=now)
    roster("new@acme.example,New,Acme,member,yes")
    assert not ban.checklists.filter(person__name="New").exists()


# Waiting, and two at once


@pytest.fixture
def staged_rows(now: datetime, owner: Any) -> Roster:
    def make(
        *rows: str, header: str = "email,name,team,role,home_team", full: bool = False, confirm_leavers: bool = False
    ) -> RosterImport:
        raw = io.BytesIO("\n".join([header, *rows]).encode())
        import_ = staging.stage(raw, name="roster.csv", by=owner, now=now, full=full)
        import_.confirm_leavers = confirm_leavers
        return import_

    return make


def test_a_requested_roster_is_applied_by_the_clock_once(staged_rows: Roster, owner: Any, now: datetime) -> None:
    import_ = staged_rows("ana@acme.example,Ana,Acme")
    rosters.preview(import_)
    assert rosters.apply_next(now=now) is None, "nobody has asked for it yet"
    import_.request(by=owner, now=now)
    with pytest.raises(DomainError, match="being applied"):
        import_.request(by=owner, now=now)
    applied = rosters.apply_next(now=now)
    assert applied is not None
    assert (applied.state, applied.share, applied.requested_by) == ("applied", 100, owner)
    assert rosters.apply_next(now=now) is None
    assert Event.objects.filter(verb=Event.Verb.ROSTER_APPLIED).count() == 1


def test_a_large_roster_is_compared_by_the_clock(staged_rows: Roster, owner: Any, now: datetime) -> None:
    import_ = staged_rows("ana@acme.example,Ana,Acme")
    with pytest.raises(DomainError):
        import_.request(by=owner, now=now)
    assert rosters.compare_next(now=now) == import_
    import_.refresh_from_db()
    assert (import_.state, import_.comparison["counts"]["joiners"], import_.lease_until) == ("previewed", 1, None)
    assert rosters.compare_next(now=now) is None
    import_.reopen(by=owner)
    with pytest.raises(DomainError):
        import_.request(by=owner, now=now)
    rosters.compare_next(now=now)
    import_.request(by=owner, now=now)
    with pytest.raises(DomainError):
        import_.reopen(by=owner)
    applied = rosters.apply_next(now=now)
    assert applied is not None
    assert applied.state == RosterImport.State.APPLIED


def test_a_comparison_that_no_worker_survives_is_given_up_and_one_without_rows_is_refused(
    staged_rows: Roster, now: datetime
) -> None:
    import_ = staged_rows("ana@acme.example,Ana,Acme")
    for _attempt in range(3):
        assert RosterImport.claim_comparison() == import_
        assert RosterImport.claim_comparison() is None, "its lease has not run out"
        RosterImport.objects.update(lease_until=now - timedelta(days=1000))
    rosters.compare_next(now=now)
    import_.refresh_from_db()
    assert import_.state == RosterImport.State.FAILED

    empty = staged_rows("ana@acme.example,Ana,Acme")
    RosterRow.objects.filter(roster_import=empty).delete()
    rosters.compare_next(now=now)
    empty.refresh_from_db()
    assert (empty.state, "Upload it again" in empty.error) == (RosterImport.State.REFUSED, True)


def test_of_two_rosters_looked_at_together_one_is_applied_and_the_other_reads_why(
    staged_rows: Roster, owner: Any, administrator: Any, now: datetime
) -> None:
    first, second = staged_rows("ana@acme.example,Ana,Acme"), staged_rows("ana@acme.example,Anna,Acme/Sales")
    for import_, by in ((first, administrator), (second, owner)):
        rosters.preview(import_)
        import_.request(by=by, now=now)
    rosters.apply_next(now=now)
    rosters.apply_next(now=now)
    second.refresh_from_db()
    assert second.state == RosterImport.State.REFUSED
    assert "Adam has applied another roster (roster.csv)" in second.error
    assert User.objects.get(email="ana@acme.example").name == "Ana"
    rosters.preview(second)
    second.request(by=owner, now=now)
    rosters.apply_next(now=now)
    assert User.objects.get(email="ana@acme.example").name == "Anna"


def test_bad_rows_refuse_a_requested_roster_and_it_can_go_on_without_them(
    staged_rows: Roster, owner: Any, now: datetime
) -> None:
    import_ = staged_rows("ana@acme.example,Ana,Acme", "bo@acme.example,Bo,")
    rosters.preview(import_)
    import_.request(by=owner, now=now)
    rosters.apply_next(now=now)
    import_.refresh_from_db()
    assert import_.state == RosterImport.State.REFUSED
    assert "line 3: There is no team." in import_.error
    import_.request(by=owner, now=now, skip_bad=True)
    rosters.apply_next(now=now)
    assert User.objects.filter(name="Ana").exists()


def test_a_roster_whose_worker_died_is_taken_up_again_and_given_up_in_the_end(
    staged_rows: Roster, owner: Any, now: datetime
) -> None:
    import_ = staged_rows("ana@acme.example,Ana,Acme")
    rosters.preview(import_)
    import_.request(by=owner, now=now)
    assert RosterImport.claim() == import_
    assert RosterImport.claim() is None, "its lease has not run out"
    long_ago = now - timedelta(days=1000)
    for attempt in (2, 3):
        RosterImport.objects.update(lease_until=long_ago)
        claimed = RosterImport.claim()
        assert claimed is not None
        assert claimed.attempts == attempt
    RosterImport.objects.update(lease_until=long_ago)
    rosters.apply_next(now=now)
    import_.refresh_from_db()
    assert import_.state == RosterImport.State.FAILED
    assert "3 times" in import_.error


def test_rows_that_nobody_applied_are_forgotten_after_some_days(staged_rows: Roster, owner: Any, now: datetime) -> None:
    import_ = staged_rows("ana@acme.example,Ana,Acme")
    rosters.preview(import_)
    assert staging.forget_rows(now=now + timedelta(days=6)) == 0
    assert staging.forget_rows(now=now + timedelta(days=8)) == 1
    with pytest.raises(DomainError, match="Upload it again"):
        rosters.preview(import_)


def test_a_roster_that_leaves_a_ban_without_anybody_waits_for_a_word_of_confirmation(
    client: Client, roster: Roster, ban: Any, owner: Any, now: datetime
) -> None:
    renamed = [row.replace(",Acme", ",Acme Inc") for row in ACME]
    with pytest.raises(DomainError, match="Nobody would be left in the audience of the ban “Old Editor → New Editor”"):
        roster(*renamed)
    assert ban.checklists.counted().count() == 3
    assert not Team.objects.filter(name="Acme Inc").exists()
    import_ = staged_by(owner, *renamed, now=now)
    import_.request(by=owner, now=now)
    rosters.apply_next(now=now)
    client.force_login(owner)
    page = f"/roster/{import_.pk}/"
    assert "confirm_emptied" in client.get(page).content.decode()
    client.post(f"{page}application/", {"confirm_emptied": "on"})
    rosters.apply_next(now=now)
    assert ban.checklists.counted().count() == 0
    import_.refresh_from_db()
    assert import_.state == RosterImport.State.APPLIED


def staged_by(owner: Any, *rows: str, now: datetime) -> RosterImport:
    text = "\n".join(["email,name,team,role,home_team", *rows])
    import_ = staging.stage(io.BytesIO(text.encode()), name="roster.csv", by=owner, now=now)
    rosters.preview(import_)
    import_.refresh_from_db()
    return import_
