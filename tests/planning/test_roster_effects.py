"""What a roster does to bans in force is said before it is applied, and is what then happens."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from migration_planner.people.models import RosterImport, Team
from migration_planner.people.roster import staging
from migration_planner.planning import audience, changing, rosters
from migration_planner.planning.models import Event

HEADER = "email,name,team,role,home_team"
Stage = Callable[..., RosterImport]


@pytest.fixture
def staged(owner: Any, now: datetime, tmp_path: Any) -> Stage:
    def stage(*rows: str, full: bool = False) -> RosterImport:
        file = tmp_path / "roster.csv"
        file.write_text("\n".join([HEADER, *rows]))
        with file.open("rb") as raw:
            import_ = staging.stage(raw, name="roster.csv", by=owner, now=now, full=full)
        rosters.preview(import_)
        import_.refresh_from_db()
        return import_

    return stage


def told(import_: RosterImport) -> list[dict[str, int]]:
    return [
        {key: value for key, value in row.items() if key not in ("ban", "name")} for row in import_.comparison["bans"]
    ]


def happened(now: datetime, import_: RosterImport, owner: Any) -> dict[str, int]:
    import_.confirm_leavers = import_.confirm_emptied = True
    import_.save()
    import_.request(by=owner, now=now, confirm_leavers=True, confirm_emptied=True)
    rosters.apply_next(now=now)
    data = Event.objects.filter(verb=Event.Verb.ROSTER_APPLIED, ban__isnull=False).latest("id").data
    return {key: data[key] for key in ("stopped", "joined", "returned")}


def test_a_renamed_part_of_the_audience_is_told_before_it_is_applied(
    ban: Any, owner: Any, staged: Stage, client: Client, now: datetime
) -> None:
    import_ = staged(
        "lee@acme.example,Lee,Acme Labs/Search,lead,yes",
        "eve@acme.example,Eve,Acme Labs/Search,member,yes",
        "nia@acme.example,Nia,Acme/Sales/New,member,yes",
    )
    assert told(import_) == [{"stopped": 2, "joined": 1, "returned": 0, "left": 2}]
    client.force_login(owner)
    page = client.get(f"/roster/{import_.pk}/").content.decode()
    assert "What it would do to bans in force" in page
    assert str(ban) in page
    assert "confirm_emptied" not in page
    assert happened(now, import_, owner) == {"stopped": 2, "joined": 1, "returned": 0}
    assert ban.checklists.counted().count() == 2
    assert "What it did to bans in force" in client.get(f"/roster/{import_.pk}/").content.decode()


def test_who_comes_back_into_the_audience_goes_on_and_who_moves_within_it_stays(
    ban: Any, owner: Any, employee: Any, staged: Stage, now: datetime
) -> None:
    happened(now, staged("eve@acme.example,Eve,Elsewhere,member,yes"), owner)
    import_ = staged("eve@acme.example,Eve,Acme/Sales,member,yes", "lee@acme.example,Lee,Acme/Sales,lead,yes")
    assert told(import_) == [{"stopped": 0, "joined": 0, "returned": 1, "left": 3}]
    assert happened(now, import_, owner) == {"stopped": 0, "joined": 0, "returned": 1}


def test_teams_left_out_of_the_audience_are_outside_with_all_below_them(
    ban: Any, owner: Any, staged: Stage, now: datetime
) -> None:
    Team.objects.create(name="Sales", path="Acme/Sales", parent=Team.objects.get(path="Acme"), depth=1)

    def leave_out_sales() -> None:
        ban.audience_teams.create(team=Team.objects.get(path="Acme/Sales"), excluded=True)

    changing.change_audience(ban, leave_out_sales, by=owner, now=now, why="They sell it.")
    import_ = staged(
        "eve@acme.example,Eve,Acme/Sales/East,member,yes",
        "nia@acme.example,Nia,Acme/Salesforce,member,yes",
        "bo@acme.example,Bo,Acme/Sales,member,yes",
    )
    assert told(import_) == [{"stopped": 1, "joined": 1, "returned": 0, "left": 3}]
    assert happened(now, import_, owner) == {"stopped": 1, "joined": 1, "returned": 0}


def test_leavers_are_told_and_the_last_person_asks_for_a_word_at_once(
    ban: Any, owner: Any, staged: Stage, client: Client
) -> None:
    import_ = staged("nia@other.example,Nia,Other,member,yes", full=True)
    assert told(import_) == [{"stopped": 3, "joined": 0, "returned": 0, "left": 0}]
    client.force_login(owner)
    page = client.get(f"/roster/{import_.pk}/").content.decode()
    assert f"Yes, nobody is left in the audience of {ban}" in page


def test_a_roster_that_touches_no_audience_says_nothing_of_bans(
    ban: Any, draft: Any, owner: Any, staged: Stage, now: datetime
) -> None:
    assert told(staged("otto@other.example,Otto,Other,member,yes")) == []
    ban.close(by=owner, now=now)
    assert told(staged("eve@acme.example,Eve,Elsewhere,member,yes")) == []
    assert audience.people(ban).count() == 3
