"""What scans of a team's repositories make of its steps, beside what people have marked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.planning import arranging, changing, outline, standing
from migration_planner.planning.counting import differences, recount
from migration_planner.planning.models import Checklist, Event, Evidence, Mark, Migration, Report, Step, Trace
from migration_planner.planning.scans import aside, weighing
from tests import scans

pytestmark = pytest.mark.django_db
SHOP = "github.com/acme/shop"
DAY = timedelta(days=1)
USED = {"instructions": ["CLAUDE.md", "web/CLAUDE.md"]}


@pytest.fixture
def steps(ban: Any, now: datetime) -> dict[str, Step]:
    made = scans.ask(ban)
    recount(ban)
    return made


@pytest.fixture
def migration(ban: Any, search: Any) -> Migration:
    return ban.migrations.get(team=search)


def verdicts(migration: Migration) -> dict[str, str]:
    return dict(Evidence.objects.filter(migration=migration).values_list("step__key", "verdict"))


def line(migration: Migration, key: str) -> outline.Line:
    return next(line for line in outline.of_migration(migration).lines if line.step.key == key)


def test_nothing_is_said_about_a_team_nobody_has_reported_for(ban: Any, steps: Any, migration: Any) -> None:
    assert weighing.weigh(ban, now=ban.created_at) == 0
    assert line(migration, "move-instructions").state == "open"


def test_what_no_repository_uses_does_not_apply_by_evidence(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)
    found = line(migration, "set-off-hooks")
    assert (found.state, found.standing, found.mark) == ("not_applicable", "verified", None)
    migration.refresh_from_db()
    assert (migration.finished_team_steps, migration.verified_team_steps) == (2, 2)
    event = Event.objects.get(verb="evidence_changed", step=steps["set-off-hooks"], migration=migration)
    assert (event.data["after"], event.data["repository"], event.actor) == ("not_used", SHOP, lead)


def test_what_one_of_several_repositories_uses_applies_with_its_paths_first(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, "github.com/acme/clean", now)
    scans.send(search, lead, SHOP, now, USED)
    lines = outline.of_migration(migration)
    assert [each.step.key for each in lines.first] == ["move-instructions"]
    assert lines.first[0].places == ((SHOP, "CLAUDE.md"), (SHOP, "web/CLAUDE.md"))
    assert lines.first[0].state == "open"
    assert verdicts(migration) == {"move-instructions": "in_use", "set-off-hooks": "not_used", "see-it-clean": "in_use"}


def test_a_step_is_verified_when_the_scan_is_clean_and_claimed_when_somebody_ticks_it(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now, USED)
    migration.mark(steps["move-instructions"], Mark.State.DONE, by=lead, now=now + timedelta(hours=1))
    claimed = line(migration, "move-instructions")
    assert (claimed.state, claimed.standing, claimed.is_contradicted) == ("done", "claimed", True)
    scans.send(search, lead, SHOP, now + DAY)
    verified = line(migration, "move-instructions")
    assert (verified.state, verified.standing) == ("done", "verified")
    assert getattr(verified.mark, "by", None) == lead
    migration.refresh_from_db()
    assert migration.verified_team_steps == 2  # and the one that does not apply


def test_a_step_nobody_has_touched_is_verified_too(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now, USED)
    scans.send(search, lead, SHOP, now + DAY, USED, settled=["instructions"])
    assert (line(migration, "move-instructions").state, verdicts(migration)["move-instructions"]) == ("done", "clean")


def test_a_mark_of_ones_own_counts_with_what_scans_have_verified_of_other_steps(
    ban: Any, steps: Any, search: Any, lead: Any, employee: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)
    checklist = ban.checklists.get(person=employee)
    assert (checklist.finished_steps, checklist.verified_steps) == (1, 1)
    checklist.mark(ban.steps.get(key="export"), Mark.State.DONE, by=employee, now=now + timedelta(hours=1))
    checklist.refresh_from_db()
    assert (checklist.finished_steps, checklist.verified_steps) == (2, 1)
    assert not differences(ban)


def test_it_is_open_again_when_a_later_scan_is_not_clean_and_a_later_tick_is_a_claim(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)
    migration.mark(steps["move-instructions"], Mark.State.DONE, by=lead, now=now + timedelta(hours=1))
    scans.send(search, lead, SHOP, now + DAY, USED)
    scans.send(search, lead, SHOP, now + 2 * DAY, USED)
    back = line(migration, "move-instructions")
    assert (back.state, back.is_regression, back.is_overruled) == ("open", True, True)
    assert getattr(back.mark, "state", None) == "done", "the person's own word stays"
    assert getattr(back.evidence, "found_at", None) == now + DAY, "the first scan that saw it"
    migration.refresh_from_db()
    assert migration.finished_team_steps == 1
    told = Event.objects.get(verb="regressed")
    assert (told.ban, told.migration, told.actor) == (migration.ban, migration, lead)
    assert told.why == f"{SHOP}: CLAUDE.md, web/CLAUDE.md"
    migration.mark(steps["move-instructions"], Mark.State.DONE, by=lead, now=now + 3 * DAY, note="Gone again.")
    again = line(migration, "move-instructions")
    assert (again.state, again.standing) == ("done", "claimed")
    scans.send(search, lead, SHOP, now + 4 * DAY)
    assert line(migration, "move-instructions").standing == "verified"
    assert Event.objects.filter(verb="regressed").count() == 1


def test_a_step_that_a_scan_cannot_verify_asks_again_when_its_workflow_is_gone(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now, {"hooks": [".claude/settings.json"]})
    scans.send(search, lead, SHOP, now + DAY)
    assert "set-off-hooks" not in verdicts(migration)
    assert line(migration, "set-off-hooks").state == "open"


def test_a_new_repository_that_uses_it_opens_the_step_without_being_called_back(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)
    scans.send(search, lead, "github.com/acme/old", now + DAY, USED)
    assert verdicts(migration)["move-instructions"] == "in_use"
    assert not Event.objects.filter(verb="regressed").exists()


def test_a_report_speaks_for_its_team_and_all_below_and_not_for_those_beside_or_above(
    ban: Any, steps: Any, team: Any, search: Any, sales: Any, acme: Any, owner: Any, now: datetime
) -> None:
    scans.send(team("Acme/Engineering"), owner, SHOP, now, USED)
    rows = Evidence.objects.filter(step=steps["move-instructions"]).values_list("migration__path", "verdict")
    assert dict(rows) == {"Acme/Engineering": "in_use", "Acme/Engineering/Search": "in_use"}
    scans.send(search, owner, "github.com/acme/search", now)
    assert dict(rows.all())["Acme/Engineering/Search"] == "in_use", "also when its own repositories are clean"


def test_a_blocked_step_stays_blocked_whatever_a_scan_says(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    migration.mark(steps["set-off-hooks"], Mark.State.BLOCKED, by=lead, now=now, note="No licence.")
    scans.send(search, lead, SHOP, now)
    found = line(migration, "set-off-hooks")
    assert (found.state, found.standing, found.is_verified) == ("blocked", "", False)
    migration.mark(steps["set-off-hooks"], Mark.State.OPEN, by=lead, now=now)
    assert line(migration, "set-off-hooks").state == "not_applicable"


def test_each_person_s_steps_follow_their_team_and_people_are_counted(
    ban: Any, steps: Any, checklist: Checklist, migration: Any, search: Any, lead: Any, employee: Any, now: datetime
) -> None:
    for step in checklist.steps().filter(required=True, scan=""):
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    scans.send(search, lead, SHOP, now, USED)
    checklist.refresh_from_db()
    assert (checklist.state, checklist.is_verified) == ("started", False)
    scans.send(search, lead, SHOP, now + DAY)
    checklist.refresh_from_db()
    assert (checklist.state, checklist.verified_steps, checklist.is_verified) == ("done", 1, True)
    assert checklist.done_at == now + DAY + timedelta(minutes=1)
    migration.refresh_from_db()
    assert (migration.done, migration.verified) == (1, 1)
    scans.send(search, lead, SHOP, now + 2 * DAY, USED)
    checklist.refresh_from_db()
    assert (checklist.state, checklist.done_at, checklist.is_verified) == ("started", None, False)
    assert not differences(ban)


def test_a_demanded_step_is_not_finished_by_a_tick_alone(
    ban: Any, steps: Any, checklist: Checklist, search: Any, lead: Any, owner: Any, employee: Any, now: datetime
) -> None:
    step = steps["see-it-clean"]
    content = arranging.StepContent(title=step.title, must_be_verified=True)
    arranging.edit_step(step, content, by=owner, now=now, why="A tick proves nothing.")
    for each in checklist.steps().filter(required=True):
        checklist.mark(each, Mark.State.DONE, by=employee, now=now)
    row = next(row for row in outline.of_checklist(checklist).lines if row.step == step)
    assert (row.state, row.is_finished, row.waits_for_a_scan) == ("done", False, True)
    assert checklist.state == "started"
    scans.send(search, lead, SHOP, now + DAY)
    checklist.refresh_from_db()
    assert (checklist.state, checklist.is_verified) == ("done", True)


def test_a_demanded_step_of_a_team_waits_for_a_scan_likewise(
    ban: Any, steps: Any, migration: Any, search: Any, lead: Any, owner: Any, now: datetime
) -> None:
    step = steps["move-instructions"]
    content = arranging.StepContent(title=step.title, per="team", must_be_verified=True)
    arranging.edit_step(step, content, by=owner, now=now, why="A tick proves nothing.")
    scans.send(search, lead, SHOP, now, USED)
    migration.mark(step, Mark.State.DONE, by=lead, now=now + DAY)
    assert (line(migration, step.key).is_finished, line(migration, step.key).waits_for_a_scan) == (False, True)
    scans.send(search, lead, SHOP, now + DAY)
    assert (line(migration, step.key).is_finished, line(migration, step.key).is_verified) == (True, True)


def test_nobody_can_demand_what_no_scan_verifies(ban: Any, steps: Any, owner: Any, now: datetime) -> None:
    step = steps["set-off-hooks"]
    content = arranging.StepContent(title=step.title, per="team", must_be_verified=True)
    with pytest.raises(DomainError, match="No scan can verify"):
        arranging.edit_step(step, content, by=owner, now=now, why="I want it.")


def test_evidence_is_set_aside_with_a_reason_and_comes_back(
    steps: Any, migration: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)
    step = steps["set-off-hooks"]
    with pytest.raises(DomainError, match="Say why"):
        aside.set_aside(migration, step.pk, by=lead, now=now, why=" ")
    assert aside.set_aside(migration, step.pk, by=lead, now=now, why="Our hooks lie elsewhere.")
    assert not aside.set_aside(migration, step.pk, by=lead, now=now, why="Again.")
    assert (line(migration, "set-off-hooks").state, line(migration, "set-off-hooks").evidence) == ("open", None)
    migration.refresh_from_db()
    assert migration.finished_team_steps == 1
    scans.send(search, lead, SHOP, now + DAY)
    assert line(migration, "set-off-hooks").state == "open", "the same verdict stays set aside"
    assert aside.restore(migration, step.pk, by=lead, now=now)
    assert not aside.restore(migration, step.pk, by=lead, now=now)
    assert line(migration, "set-off-hooks").state == "not_applicable"
    aside.set_aside(migration, step.pk, by=lead, now=now, why="Elsewhere.")
    scans.send(search, lead, SHOP, now + 2 * DAY, {"hooks": [".claude/settings.json"]})
    assert line(migration, "set-off-hooks").comes_first, "a new verdict is weighed anew"
    assert not differences(migration.ban)


def test_a_ban_that_ended_keeps_its_evidence(
    steps: Any, migration: Any, search: Any, lead: Any, owner: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)
    before = verdicts(migration)
    migration.ban.close(by=owner, now=now)
    scans.send(search, lead, SHOP, now + DAY, USED)
    assert verdicts(migration) == before
    with pytest.raises(DomainError, match="has ended"):
        aside.set_aside(migration, steps["set-off-hooks"].pk, by=lead, now=now, why="No.")


def test_reports_from_before_the_ban_count_when_it_is_published(
    draft: Any, search: Any, lead: Any, owner: Any, now: datetime
) -> None:
    from migration_planner.planning import publishing

    scans.ask(draft)
    scans.send(search, lead, SHOP, now - DAY)
    publishing.publish(draft, by=owner, now=now)
    migration = draft.migrations.get(team=search)
    assert verdicts(migration)["set-off-hooks"] == "not_used"
    assert not differences(draft)


def test_changed_steps_are_weighed_anew(
    ban: Any, steps: Any, migration: Any, search: Any, lead: Any, owner: Any, now: datetime
) -> None:
    scans.send(search, lead, SHOP, now)

    def silence() -> dict[str, Any]:
        Step.objects.filter(pk=steps["set-off-hooks"].pk).update(scan="")
        return {"change": "edited"}

    changing.change_steps(ban, silence, by=owner, now=now, why="Scans do not see it.")
    assert "set-off-hooks" not in verdicts(migration)
    assert not differences(ban)


MARKS = [None, "done", "not_applicable", "blocked"]


@pytest.mark.parametrize("demanded", [False, True])
def test_a_line_and_the_database_say_the_same_of_every_step(
    ban: Any, steps: Any, checklist: Checklist, migration: Any, employee: Any, now: datetime, demanded: bool
) -> None:
    step = steps["see-it-clean"]
    Step.objects.filter(pk=step.pk).update(must_be_verified=demanded)
    for state in MARKS:
        for verdict in [None, *Evidence.Verdict.values]:
            for late in (False, True):
                Mark.objects.all().delete()
                Evidence.objects.all().delete()
                at = now + DAY if late else now - DAY
                if state:
                    Mark.objects.create(checklist=checklist, step=step, state=state, note="Why.", by=employee, at=at)
                if verdict:
                    found = now if verdict == "regressed" else None
                    Evidence.objects.create(migration=migration, step=step, verdict=verdict, since=now, found_at=found)
                line = next(line for line in outline.of_checklist(checklist).lines if line.step == step)
                stands = standing.of_checklists([checklist.pk])[checklist.pk].get(step.pk, ("open", False))
                assert stands == (line.state, line.is_finished), (state, verdict, late)
                assert standing.of_checklist(checklist.pk).verified == line.is_verified, (state, verdict, late)


def test_the_traces_are_those_of_the_reports(steps: Any, search: Any, lead: Any, now: datetime) -> None:
    scans.send(search, lead, SHOP, now + 2 * DAY, USED)
    late = scans.send(search, lead, SHOP, now)
    trace = Trace.objects.get()
    assert (trace.used, trace.again, trace.since) == (True, True, now + 2 * DAY)
    assert not Report.objects.get(pk=late.pk).is_latest
    assert trace.report.is_latest


def test_a_file_that_others_read_too_comes_back_with_nothing_that_does(
    steps: Any, search: Any, lead: Any, now: datetime
) -> None:
    """`.mcp.json` lay there all the time: it is used again beside instructions, but nobody has brought it back."""
    both = {**USED, "hooks": [".mcp.json"]}
    for day, uses in enumerate((both, None, both)):
        scans.send(search, lead, SHOP, now + day * DAY, uses)
    again = {trace.key: (trace.used, trace.again) for trace in Trace.objects.all()}
    assert again == {"instructions": (True, True), "hooks": (True, False)}
