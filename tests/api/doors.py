"""The doors of the interface, for the table of tests/doors.py: who may pass, what their addresses need, what is sent to them."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from migration_planner.people.models import Substitution, User
from migration_planner.planning import commenting, substituting, tokens, waves
from migration_planner.planning.models import AccessToken, Checklist
from migration_planner.planning.playbooks import library
from migration_planner.planning.scans import tokens as team_tokens
from migration_planner.reminders.looking import mark
from tests import scans

#: owner lead employee outsider auditor administrator anonymous peer rival
EVERYBODY = "200 200 200 200 200 200 401 200 200"
FIGURES = "200 403 403 404 200 200 401 403 404"
RUNS = "200 403 403 404 403 403 401 403 404"
DRAFTS = "200 404 404 404 403 403 401 404 404"
TEAM = "200 200 200 404 200 200 401 404 404"
LEADS = "200 200 403 404 403 403 401 404 404"
OWN = "403 403 200 404 403 403 401 404 404"
ROSTER = "200 404 404 404 200 200 401 404 404"
IMPORTS = "200 404 404 404 403 200 401 404 404"
READS = "200 403 403 403 200 200 401 403 200"
ADMINISTERS = "403 403 403 403 403 200 401 403 403"


def created(answers: str) -> str:
    return answers.replace("200", "201")


def emptied(answers: str) -> str:
    return answers.replace("200", "204")


AUDITS = "403 403 403 403 200 200 401 403 403"
ROOMS = "404 404 404 404 200 200 401 404 404"
SETS_ROOMS = "404 404 404 404 403 200 401 404 404"
ROWS: dict[tuple[str, str], str] = {
    ("post", "api-reports"): "401 401 401 401 401 401 401 401 401",
    ("get", "api-schema"): EVERYBODY,
    ("put", "api-signals"): "200 403 403 403 403 200 401 403 200",
    ("get", "api-me"): EVERYBODY,
    ("get", "api-preferences"): EVERYBODY,
    ("patch", "api-preferences"): EVERYBODY,
    ("get", "api-held"): EVERYBODY,
    ("get", "api-my-reports"): EVERYBODY,
    ("get", "api-tokens"): EVERYBODY,
    ("get", "api-token"): "404 404 200 404 404 404 401 404 404",
    ("delete", "api-token"): "404 404 204 404 404 404 401 404 404",
    ("get", "api-people"): EVERYBODY,
    ("get", "api-person"): TEAM,
    ("get", "api-teams"): EVERYBODY,
    ("get", "api-team"): "200 200 200 404 200 200 401 404 200",
    ("get", "api-bans"): EVERYBODY,
    ("post", "api-bans"): "201 403 403 403 403 201 401 403 201",
    ("get", "api-ban"): "200 200 200 404 200 200 401 200 404",
    ("get", "api-ban-history"): FIGURES,
    ("get", "api-ban-basics"): DRAFTS,
    ("patch", "api-ban-basics"): DRAFTS,
    ("put", "api-ban-cutoff"): RUNS,
    ("get", "api-ban-audience"): DRAFTS,
    ("put", "api-ban-audience"): DRAFTS,
    ("put", "api-ban-audience-team"): DRAFTS,
    ("get", "api-ban-readiness"): DRAFTS,
    ("post", "api-ban-publication"): DRAFTS,
    ("post", "api-ban-discarding"): emptied(DRAFTS),
    ("get", "api-ban-steps"): DRAFTS,
    ("post", "api-ban-steps"): created(DRAFTS),
    ("get", "api-ban-step"): DRAFTS,
    ("patch", "api-ban-step"): DRAFTS,
    ("post", "api-ban-step-removal"): emptied(DRAFTS),
    ("get", "api-ban-ladder"): DRAFTS,
    ("put", "api-ban-ladder"): DRAFTS,
    ("post", "api-ban-ladder-foreseen"): RUNS,
    ("get", "api-ban-rules"): DRAFTS,
    ("patch", "api-ban-rules"): DRAFTS,
    ("put", "api-ban-scope"): RUNS,
    ("put", "api-ban-owners"): RUNS,
    ("get", "api-ban-playbook"): RUNS,
    ("post", "api-ban-playbook"): RUNS,
    ("post", "api-ban-closing"): RUNS,
    ("post", "api-ban-withdrawal"): RUNS,
    ("post", "api-ban-reopening"): RUNS,
    ("get", "api-progress"): FIGURES,
    ("get", "api-ban-overview"): FIGURES,
    ("get", "api-ban-people"): FIGURES,
    ("get", "api-ban-teams"): FIGURES,
    ("get", "api-ban-as-of"): FIGURES.replace("200", "409"),  # no day is kept yet
    ("get", "api-ban-as-of-teams"): FIGURES,
    ("get", "api-ban-burn-up"): FIGURES,
    ("get", "api-ban-heat"): FIGURES,
    ("get", "api-ban-difference"): FIGURES.replace("200", "404"),  # the same
    ("get", "api-ban-forecast"): FIGURES.replace("200", "404"),
    ("get", "api-ban-risks"): FIGURES,
    ("post", "api-ban-what-if"): FIGURES,
    ("get", "api-ban-proposals"): FIGURES,
    ("post", "api-ban-proposals"): created(RUNS),
    ("get", "api-ban-proposal"): FIGURES,
    ("post", "api-ban-proposal-application"): RUNS,
    ("post", "api-ban-proposal-removal"): RUNS,
    ("get", "api-ban-contradictions"): "200 200 403 404 200 200 401 200 404",
    ("post", "api-ban-question"): "200 200 403 404 403 403 401 200 404",
    ("get", "api-ban-relapses"): FIGURES,
    ("get", "api-ban-acknowledgements"): FIGURES,
    ("get", "api-ban-gap-reasons"): RUNS,
    ("post", "api-ban-gap-reasons"): RUNS,
    ("get", "api-ban-debt"): FIGURES,
    ("post", "api-ban-nudge"): RUNS,
    ("get", "api-ban-mail"): FIGURES,
    ("get", "api-ban-reminders"): FIGURES,
    ("post", "api-ban-mail-pause"): RUNS,
    ("post", "api-ban-mail-resume"): RUNS,
    ("get", "api-ban-preview"): DRAFTS,
    ("get", "api-ban-unreachable"): FIGURES,
    ("post", "api-ban-address"): "204 403 403 404 403 204 401 403 404",
    ("get", "api-ban-waves"): FIGURES,
    ("post", "api-ban-waves"): created(RUNS),
    ("put", "api-ban-wave-team"): RUNS,
    ("get", "api-ban-wave"): FIGURES,
    ("patch", "api-ban-wave"): RUNS,
    ("post", "api-ban-wave-removal"): emptied(RUNS),
    ("post", "api-ban-wave-decision"): RUNS,
    ("get", "api-ban-evidence"): FIGURES,
    ("post", "api-ban-packs"): created(FIGURES),
    ("get", "api-ban-pack"): FIGURES,
    ("get", "api-ban-pack-file"): FIGURES,
    ("get", "api-team-under-ban"): TEAM,
    ("get", "api-team-people"): "200 200 403 404 200 200 401 404 404",
    ("get", "api-team-steps"): TEAM,
    ("put", "api-team-step"): "403 200 403 404 403 403 401 404 404",
    ("put", "api-team-step-assignment"): LEADS,
    ("post", "api-team-nudge"): LEADS,
    ("post", "api-team-acts"): LEADS,
    ("get", "api-team-substitutes"): "200 200 403 404 200 200 401 404 404",
    ("post", "api-team-substitutes"): created(LEADS),
    ("post", "api-team-substitute-end"): LEADS,
    ("get", "api-team-reports"): TEAM,
    ("post", "api-team-reports"): created(LEADS),
    ("put", "api-team-evidence"): LEADS,
    ("get", "api-team-tokens"): LEADS,
    ("post", "api-team-token-revocation"): LEADS,
    ("get", "api-portfolio"): READS,
    ("get", "api-mails"): AUDITS,
    ("post", "api-mails-pause"): ADMINISTERS,
    ("post", "api-mails-resume"): ADMINISTERS,
    ("get", "api-mails-held"): READS,
    ("get", "api-mail"): TEAM,
    ("post", "api-mail-decision"): "200 403 403 404 403 200 401 404 404",
    ("get", "api-person-mail"): TEAM,
    ("get", "api-rooms"): AUDITS,
    ("put", "api-rooms"): ADMINISTERS,
    ("get", "api-room"): ROOMS,
    ("get", "api-room-messages"): ROOMS,
    ("post", "api-room-message"): SETS_ROOMS,
    ("post", "api-room-removal"): emptied(SETS_ROOMS),
    ("get", "api-calendars"): AUDITS,
    ("put", "api-calendars"): ADMINISTERS,
    ("get", "api-checklists"): EVERYBODY,
    ("get", "api-checklist"): TEAM,
    ("put", "api-step"): OWN,
    ("put", "api-acknowledgement"): OWN,
    ("put", "api-snooze"): OWN,
    ("put", "api-question"): OWN,
    ("get", "api-checklist-history"): TEAM,
    ("get", "api-checklist-comments"): TEAM,
    ("post", "api-checklist-comments"): "201 201 201 404 403 403 401 404 404",
    ("post", "api-checklist-comment-withdrawal"): OWN,
    ("post", "api-checklist-waivers"): "201 404 404 404 403 403 401 404 404",
    ("get", "api-waivers"): EVERYBODY,
    ("post", "api-waiver-decisions"): EVERYBODY,
    ("get", "api-waiver"): TEAM,
    ("post", "api-waiver-decision"): "200 409 403 404 403 403 401 404 404",
    ("post", "api-waiver-answer"): "403 200 404 404 403 403 401 404 404",
    ("post", "api-waiver-removal"): OWN,
    ("post", "api-waiver-revocation"): "200 404 404 404 403 403 401 403 404",
    ("get", "api-gaps"): EVERYBODY,
    ("get", "api-gap"): "200 200 200 404 200 200 401 200 404",
    ("put", "api-gap-vote"): "200 200 200 404 403 403 401 200 404",
    ("patch", "api-gap-decision"): RUNS,
    ("post", "api-gap-merging"): RUNS,
    ("get", "api-playbooks"): READS,
    ("post", "api-playbooks"): created(ADMINISTERS),
    ("get", "api-playbook"): READS,
    ("get", "api-playbook-file"): READS,
    ("post", "api-playbook-removal"): emptied(ADMINISTERS),
    ("get", "api-tools"): EVERYBODY,
    ("post", "api-tools"): created(ADMINISTERS),
    ("get", "api-tool"): "200 200 200 404 200 200 401 200 404",
    ("put", "api-tool"): "403 403 403 404 403 200 401 403 404",
    ("get", "api-rosters"): READS,
    ("post", "api-rosters"): "201 403 403 403 403 201 401 403 201",
    ("get", "api-roster"): ROSTER,
    ("get", "api-roster-bad-rows"): ROSTER,
    ("post", "api-roster-comparison"): IMPORTS,
    ("post", "api-roster-application"): IMPORTS,
    ("post", "api-roster-discarding"): IMPORTS,
}

#: These are about the draft, the others about the ban in force.
OF_A_DRAFT = {
    "basics", "audience", "audience-team", "readiness", "publication", "discarding", "steps", "step", "step-removal", "ladder",
    "rules", "preview",
}  # fmt: skip


def token_of(person: User | None) -> AccessToken:
    """The first token of a person; made when there is none yet."""
    assert person
    if not person.access_tokens.exists():
        tokens.make("Nightly", ["read", "marks"], by=person, now=timezone.now())
    return person.access_tokens.order_by("pk")[0]


def _employees_token(house: Any) -> list[Any]:
    return [token_of(house.people["employee"]).pk]


def _team_token(house: Any) -> list[Any]:
    team, lead = house.migration.team, house.people["lead"]
    if not team.report_tokens.exists():
        team_tokens.make(team, by=lead, now=timezone.now())
    return [house.ban.pk, team.pk, team.report_tokens.order_by("pk")[0].pk]


def _of(name: str) -> Callable[[Any], list[Any]]:
    return lambda house: [getattr(house, name).pk]


def _of_ban(*names: str) -> Callable[[Any], list[Any]]:
    return lambda house: [house.ban.pk, *(getattr(house, name).pk for name in names)]


def _of_team(*names: str) -> Callable[[Any], list[Any]]:
    return lambda house: [house.ban.pk, house.migration.team_id, *(getattr(house, name).pk for name in names)]


def _stand_in() -> User:
    """Somebody who plays no other part."""
    return User.objects.get_or_create(email="sam@acme.example", defaults={"name": "Sam"})[0]


def _substitution(house: Any) -> int:
    lead, today = house.people["lead"], timezone.localdate()
    if known := Substitution.objects.filter(lead=lead).first():
        return known.pk
    period = substituting.Period(today + timedelta(days=2), today + timedelta(days=3))
    return substituting.name(house.migration, lead, _stand_in(), period, by=lead, now=timezone.now()).pk


def _comment(house: Any) -> int:
    """What the employee has written a moment ago."""
    row = Checklist.objects.select_related("ban", "migration").get(pk=house.checklist.pk)
    return commenting.write([row], "Which version?", by=house.people["employee"], now=timezone.now()).done[row.pk]


def _wish(house: Any) -> dict[str, Any]:
    days = {"first": _day(2), "last": _day(3)}
    return {"lead": house.people["lead"].pk, "substitute": _stand_in().pk, **days}


ARGUMENTS: dict[str, Callable[[Any], list[Any]]] = {
    "token-revocation": _employees_token,
    "api-token": _employees_token,
    **{name: lambda house: [house.people["employee"].pk] for name in ("api-person", "api-person-mail")},
    **{name: _of("held") for name in ("api-mail", "api-mail-decision")},
    **{f"api-room{rest}": lambda house: [house.message.room_id] for rest in ("", "-messages", "-removal")},
    "api-room-message": lambda house: [house.message.room_id, house.message.pk],
    "api-team-evidence": lambda house: [house.ban.pk, house.migration.team_id, house.team_step.pk],
    "api-team-tokens": lambda house: [house.ban.pk, house.migration.team_id],
    "api-team-token-revocation": _team_token,
    "api-team": lambda house: [house.migration.team_id],
    "api-progress": _of("ban"),
    "api-ban-audience-team": lambda house: [house.draft.pk, house.sales.team_id],
    "api-ban-step": lambda house: [house.draft.pk, house.draft_step.pk],
    "api-ban-step-removal": lambda house: [house.draft.pk, house.draft_step.pk],
    "api-ban-reopening": _of("ended"),
    **{f"api-ban-proposal{rest}": _of_ban("proposal") for rest in ("", "-application", "-removal")},
    **{f"api-ban-wave{rest}": _of_ban("wave") for rest in ("", "-removal", "-decision")},
    "api-ban-wave-team": lambda house: [house.ban.pk, house.sales.team_id],
    "api-ban-address": lambda house: [house.ban.pk, house.people["peer"].pk],
    **{
        f"api-team-{rest}": _of_team()
        for rest in ("under-ban", "people", "steps", "nudge", "acts", "substitutes", "reports")
    },
    "api-team-substitute-end": lambda house: [*_of_team()(house), _substitution(house)],
    "api-team-step": _of_team("team_step"),
    "api-team-step-assignment": _of_team("team_step"),
    **{
        name: _of("checklist")
        for name in (
            "api-checklist",
            "api-acknowledgement",
            "api-snooze",
            "api-checklist-history",
            "api-checklist-comments",
        )
    },
    "api-checklist-comment-withdrawal": lambda house: [house.checklist.pk, _comment(house)],
    "api-step": lambda house: [house.checklist.pk, house.step.pk],
    "api-question": lambda house: [house.checklist.pk, house.question.pk],
    "api-checklist-waivers": lambda house: [house.ban.checklists.get(person=house.people["owner"]).pk],
    **{name: _of("waiver") for name in ("api-waiver", "api-waiver-decision", "api-waiver-removal")},
    "api-waiver-answer": _of("questioned"),
    "api-waiver-revocation": _of("granted"),
    **{f"api-gap{rest}": _of("gap") for rest in ("", "-vote", "-decision", "-merging")},
    **{f"api-playbook{rest}": lambda house: ["any-tool"] for rest in ("", "-file", "-removal")},
    "api-tool": lambda house: [house.ban.tool_id],
    **{f"api-roster{rest}": _of("roster") for rest in ("", "-bad-rows", "-comparison", "-application", "-discarding")},
}


def arguments(house: Any, name: str) -> list[Any] | None:
    """What the address needs, or None for an address that is not of the interface."""
    if name in ARGUMENTS:
        return ARGUMENTS[name](house)
    if not name.startswith("api-"):
        return None
    part = name.removeprefix("api-ban-")
    if name == "api-ban" or part != name:
        return [(house.draft if part in OF_A_DRAFT else house.ban).pk]
    return []


def _day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def _playbook() -> dict[str, str]:
    shipped = library.text_of("any-tool", "2") or ""
    return {"file_name": "any-tool.yaml", "text": shipped.replace('version: "2"', 'version: "3"')}


def _roster() -> dict[str, Any]:
    rows = b"email,name,team\neve@acme.example,Eve,Acme/Engineering/Search\n"
    return {"file": SimpleUploadedFile("people.csv", rows, content_type="text/csv")}


def _cutoff(house: Any) -> dict[str, Any]:
    """Another cutoff, with the mark of a look at it; as the others here."""
    there = (timezone.localdate() + timedelta(days=60), time(18), "UTC")
    seen = mark(house.ban, "cutoff", None, there)
    return {"day": _day(60), "at": "18:00", "zone": "UTC", "why": "Licences are late.", "seen": seen}


def _wave(house: Any) -> dict[str, Any]:
    wave, there = house.wave, timezone.localdate() + timedelta(days=22)
    plan = waves.Plan(wave.name, there, wave.cutoff_time, wave.criteria)
    seen = mark(house.ban, "wave", [wave.pk, wave.cutoff_at], plan)
    return {"day": _day(22), "why": "Licences are late.", "seen": seen}


def _removal(house: Any) -> dict[str, Any]:
    touched = waves.of_removal(house.wave)
    seen = mark(house.ban, "wave_removal", [house.wave.pk, touched.before], touched.after)
    return {"why": "No pilot.", "seen": seen}


def _placing(house: Any) -> dict[str, Any]:
    team = house.sales.team
    touched = waves.of_team(house.ban, team, house.wave, now=timezone.now())
    seen = mark(house.ban, "wave_team", [team.pk, touched.before], [house.wave.pk, touched.after])
    return {"wave": house.wave.pk, "why": "They asked.", "seen": seen}


BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "tokens": lambda house: {"name": "Nightly export", "scopes": ["read"], "days": "30"},
    "api-signals": lambda house: {
        "signals": [{"person": "eve@acme.example", "tool": "Old Editor", "day": _day(0), "count": 1, "source": "sso"}]
    },
    "api-preferences": lambda house: {"reminder_hour": 8, "weekly_figures": True},
    "api-bans": lambda house: {"playbook": "any-tool", "tool": "Slow Chat", "replacement": "Quick Chat"},
    "api-ban-basics": lambda house: {"reason": "Its vendor is gone."},
    "api-ban-cutoff": _cutoff,
    "api-ban-audience": lambda house: {"include": ["Acme"], "exclude": ["Acme/Sales"]},
    "api-ban-audience-team": lambda house: {"standing": "excluded"},
    "api-ban-steps": lambda house: {"title": "Say goodbye"},
    "api-ban-step": lambda house: {"minutes": 7, "position": 1},
    "api-ban-step-removal": lambda house: {"why": "Not needed."},
    "api-ban-ladder": lambda house: {"rungs": [{"anchor": "before", "amount": 7}]},
    "api-ban-ladder-foreseen": lambda house: {"rungs": [{"anchor": "before", "amount": 7}]},
    "api-ban-rules": lambda house: {
        "snooze_days": 2, "quiet_days": 7, "escalation": [3], "waivers": {"levels": 2, "days": 20, "extensions": 1},
    },
    "api-ban-scope": lambda house: {"text": "All of it.", "why": "People asked.", "seen": 1},
    "api-ban-owners": lambda house: {"owners": ["olga@acme.example", "lee@acme.example"], "why": "Lee helps."},
    "api-ban-playbook": lambda house: {"version": "2.1", "why": "More is known."},
    "api-ban-closing": lambda house: {"why": "All have moved."},
    "api-ban-withdrawal": lambda house: {"why": "The vendor changed its terms."},
    "api-ban-reopening": lambda house: {"why": "Closed too early."},
    "api-ban-what-if": lambda house: {"day": _day(60)},
    "api-ban-proposals": lambda house: {"day": _day(60), "why": "Licences are late."},
    "api-ban-proposal-removal": lambda house: {"why": "Not now."},
    "api-ban-gap-reasons": lambda house: {"marks": [house.blocked.pk], "gap": house.gap.pk},
    "api-ban-mail-pause": lambda house: {"why": "The figures are wrong."},
    "api-ban-waves": lambda house: {"name": "Wave 1", "day": _day(25), "at": "18:00", "why": "Next."},
    "api-ban-wave": _wave,
    "api-ban-wave-removal": _removal,
    "api-ban-wave-team": _placing,
    "api-ban-wave-decision": lambda house: {"go": True, "words": "All criteria are met."},
    "api-team-step": lambda house: {"state": "done", "note": "https://wiki.example/done"},
    "api-team-step-assignment": lambda house: {"person": house.people["employee"].pk},
    "api-team-substitutes": lambda house: _wish(house),
    "api-team-acts": lambda house: {"act": "nudge", "checklists": [house.checklist.pk]},
    "api-team-reports": lambda house: scans.report("git.acme.example/shop", timezone.now() - timedelta(hours=1)),
    "api-step": lambda house: {"state": "done", "note": "https://wiki.example/done"},
    "api-acknowledgement": lambda house: {"version": 1},
    "api-snooze": lambda house: {"days": 0},
    "api-question": lambda house: {"answer": "not_me"},
    "api-checklist-comments": lambda house: {"text": "Which version?"},
    "api-checklist-waivers": lambda house: {
        "reason": "other", "words": "Soon.", "control": "None.", "until": _day(41),
    },
    "api-waiver-decisions": lambda house: {"waivers": [house.waiver.pk], "verdict": "refused", "words": "No."},
    "api-waiver-decision": lambda house: {"verdict": "approved"},
    "api-waiver-answer": lambda house: {"words": "Because."},
    "api-waiver-revocation": lambda house: {"words": "A leak."},
    "api-team-evidence": lambda house: {"counts": False, "why": "It is wrong."},
    "api-mails-pause": lambda house: {"why": "The mail server moves."},
    "api-mail-decision": lambda house: {"decision": "count_as_sent", "why": "She has it."},
    "api-rooms": lambda house: {
        "team": house.sales.team_id, "service": "slack", "address": "http://127.0.0.1:1/services/T0/B0/key",
    },
    "api-calendars": lambda house: {"site": "Shanghai", "country": "DE"},
    "api-gap-vote": lambda house: {"concerns_me": True},
    "api-gap-decision": lambda house: {"state": "fixed", "answer": "Update it."},
    "api-gap-merging": lambda house: {"into": house.same.pk},
    "api-playbooks": lambda house: _playbook(),
    "api-playbook-removal": lambda house: {"version": "2.1"},
    "api-tools": lambda house: {"name": "Fast Editor", "status": "approved"},
    "api-tool": lambda house: {"name": "Old Editor", "status": "prohibited", "alternatives": ["Fast Editor"]},
    "api-rosters": lambda house: _roster(),
}  # fmt: skip
#: What the address of a list needs to be meant at all.
QUERIES = {
    "api-ban-as-of": lambda house: f"?day={_day(-2)}",
    "api-ban-as-of-teams": lambda house: f"?day={_day(-2)}",
    "api-ban-preview": lambda house: f"?person={house.people['employee'].pk}",
}
