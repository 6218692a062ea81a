"""Pages, mail and refusals speak the language of the person, and no text of ours is missing from the catalogues."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.template import Context, Template
from django.template.autoreload import reset_loaders
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from migration_planner.evidence.models import Pack
from migration_planner.lib import working_days, zones
from migration_planner.people.models import RosterImport, SavedView, SiteCalendar, Substitution, User
from migration_planner.planning import (
    catalogue,
    changing,
    commenting,
    gaps,
    playbooks,
    proposing,
    publishing,
    substituting,
    tokens,
    waiving,
    waves,
)
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Ban, Event, Mark, Proposal, Tool
from migration_planner.planning.waiving import Wish
from migration_planner.reminders import bundles, facts, feeds, hooks, mail, pausing, rooms
from migration_planner.reminders.models import Check, Delivery, Reminder, RoomMessage
from migration_planner.reminders.previewing import mails_for
from migration_planner.reminders.rooms import Chosen
from migration_planner.web import markdown, workflows
from migration_planner.web.templatetags import planner
from tests import mails, scans
from tests.web import pseudo
from tools import texts

Kind = Reminder.Kind
FAULTS = ["counters", "stranded", "contradicted", "unproven", "unbalanced"]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CATALOGUES = sorted(texts.LOCALE.glob("*/LC_MESSAGES/django.po"))
#: Measuring speed and frames of other people's mail have no words of ours.
WORDLESS = {
    "local-floor", "local-floor-write", "local-mail-detail", "local-mail-html", "mail-html", "mail-file",
    "livez", "readyz", "healthz", "metrics",
}  # fmt: skip
#: Carried out, these lead to another page; refused, to one of those for refusals.
DEEDS = {
    "ban-publication", "roster-application", "roster-comparison", "roster-discarding", "team-nudge", "ban-nudge",
    "team-step-assignment", "ban-mail-resume", "mails-resume", "preferences-figures", "preferences-calendar", "preferences-keys",
    "calendar-days-removal", "playbook-removal", "team-report-token", "ban-evidence-pack", "ban-question", "ban-quiet-days",
    "gap-vote", "checklist-acknowledgement", "room-test", "room-removal", "room-message",
    "hook-test", "hook-switch", "hook-removal", "hook-delivery", "team-substitute-end", "checklist-comment-withdrawal",
}  # fmt: skip
FILES = {
    "ban-mail-file",
    "ban-people",
    "ban-acknowledgements-file",
    "ban-teams",
    "roster-bad-rows",
    "feed",
    "playbook-file",
    "playbook-schema",
    "scan-program",
    "ban-evidence-download",
    "ban-gaps-file",
    "gaps-file",
    "ban-waivers-file",
    "held-file",
    "report-schema",
}
ROUTES = [
    *get_resolver("migration_planner.web.urls").url_patterns,
    *get_resolver("migration_planner.local.urls").url_patterns,
]


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every translated text is printed between ⟦ and ⟧."""
    monkeypatch.setitem(trans_real._translations, pseudo.CODE, pseudo.Pseudo())  # type: ignore[attr-defined]
    _forget_words()
    yield
    monkeypatch.undo()
    _forget_words()


def _forget_words() -> None:
    """What pages keep for each language: words of templates, states, workflows."""
    reset_loaders()
    planner._status.cache_clear()
    workflows._render.cache_clear()


@pytest.fixture
def company(ban: Ban, checklist: Any, owner: User, lead: User, acme: Any, now: datetime) -> dict[str, Any]:
    """A ban with a past, a draft, one ban closed and one withdrawn, a roster with mistakes; all read the pseudo-language."""
    first, second, third = checklist.steps()[:3]
    checklist.mark(first, Mark.State.DONE, by=checklist.person, now=now)
    checklist.mark(second, Mark.State.BLOCKED, by=checklist.person, now=now, note="Ohne Lizenz")
    checklist.mark(third, Mark.State.NOT_APPLICABLE, by=checklist.person, now=now, note="Kein Rechner")
    changing.move_cutoff(ban, date(2026, 12, 20), time(18), "Asia/Tokyo", by=owner, now=now, why="Ferien")
    changing.change_scope(ban, "Alles andere.", by=owner, now=now, why="Klarer")
    changing.change_owners(ban, [owner, lead], by=owner, now=now, why="Urlaub")
    closed, withdrawn = (_another(name, owner, acme, now) for name in ("Alpha", "Beta"))
    publishing.publish(closed, by=owner, now=now)
    closed.close(by=owner, now=now)
    publishing.publish(withdrawn, by=owner, now=now)
    withdrawn.withdraw(by=owner, now=timezone.now(), why="Irrtum")
    drafts = [_another("Gamma", owner, acme, now), _draft("Delta", owner, now)]
    catalogue.decide(
        None, name="Epsilon", status="restricted", note="Nur drinnen.", alternatives=["Omega"], by=owner, now=now
    )
    User.objects.update(language=pseudo.CODE)
    User.objects.filter(pk=owner.pk).update(is_administrator=True, site="Osaka")
    calendar = SiteCalendar.objects.create(site="Osaka", country="CN")
    calendar.own_days.create(day=date(2026, 12, 24), works=False, name="Ruhe", source="ruhe.ics")
    owner.refresh_from_db()
    owner.set_password("long-enough-for-a-test")
    owner.save()
    _upload(owner)
    tokens.make("Nachts", ["read"], by=owner, now=timezone.now())
    _news(ban, owner, lead, now)
    _talk(ban.checklists.select_related("ban", "migration").get(pk=checklist.pk), lead, checklist.person)
    mail = mails.held(checklist.person, planned=now, sent=now + timedelta(days=2))
    User.objects.filter(pk=lead.pk).update(address_refused_at=now)
    pausing.pause(by=owner, now=now, why="Umzug", ban=ban)
    Check.objects.create(day=now, at=now, found=[{"what": what, "count": 2, "ban": 1} for what in FAULTS])
    return {
        "mail": mail,
        "people": {"owner": owner, "lead": lead, "employee": checklist.person},
        "bans": [ban, closed, withdrawn, *drafts],
        "checklists": [checklist, *closed.checklists.filter(person=checklist.person)],
    }


def _talk(checklist: Any, lead: User, person: User) -> None:
    """A question and its answer, which can be taken back still."""
    commenting.write([checklist], "Welche Ausgabe?", by=lead, now=timezone.now(), step=checklist.steps().first())
    commenting.write([checklist], "Die zweite.", by=person, now=timezone.now())


def _news(ban: Ban, owner: User, lead: User, now: datetime) -> None:
    """A gap, a waiver, a wave, and a pack of evidence."""
    checklist, today = ban.checklists.get(person=lead), timezone.localdate()
    gaps.block(checklist, checklist.steps()[0], by=lead, now=now, note="Geht nicht.", title="Makros")
    wish = Wish("no_equivalent", "Geht nicht.", "Nur drinnen.", today + timedelta(days=30))
    waiving.request(checklist, wish, by=lead, now=timezone.now())
    waves.add(
        ban, waves.Plan("Vorhut", today + timedelta(days=10), time(18)), by=owner, now=timezone.now(), why="Probe"
    )
    Pack.objects.create(ban=ban, asked_by=owner, asked_at=now, state="ready", ready_at=now, digest="0" * 64, files=11)


def _draft(tool: str, owner: User, now: datetime) -> Ban:
    book = playbooks.find("any-tool")
    return draft_ban(book, by=owner, now=now, owners=[owner], tool=tool, replacement="Omega")


def _another(tool: str, owner: User, team: Any, now: datetime) -> Ban:
    ban = _draft(tool, owner, now)
    ban.set_cutoff(date(2027, 3, 1), time(12), "UTC")
    ban.reason = "Darum."
    ban.save()
    ban.write_scope("Das da.", by=owner, now=now)
    ban.audience_teams.create(team=team)
    return ban


def _upload(owner: User) -> None:
    client = Client()
    client.force_login(owner, backend=BACKEND)
    for more in ("", "\nwrong,Bo,,boss,perhaps,Mars/Olympus"):
        rows = "email,name,team,role,home_team,timezone\nana@acme.example,Ana,Acme/Nord,lead,yes,UTC" + more
        client.post(
            reverse("roster"), {"file": SimpleUploadedFile("people.csv", rows.encode(), content_type="text/csv")}
        )


@pytest.fixture(autouse=True)
def no_mail_but_ours(settings: Any, tmp_path: Path) -> None:
    """Pages read the mail of the test, never what this checkout has caught while somebody tried it."""
    settings.LOCAL_MAIL = tmp_path / "mail"


def test_every_text_of_every_page_is_translated(company: dict[str, Any], marks: None) -> None:
    """Every route, by GET and by a POST that says nothing, as people of several roles; refusals are pages too."""
    data = pseudo.Data([*_of_playbooks(), *_of_calendars()])
    seen, left = set(), []
    known, sessions = _known(company), {who: _session(who) for who in company["people"].values()}
    for route in (route for route in ROUTES if route.name not in WORDLESS):
        for arguments in _arguments(str(route.pattern), known):
            path = reverse(route.name, kwargs=arguments)
            for method, who in _visits(route.name, company):
                page = _open(method, path, sessions.get(who, ""))
                seen |= {route.name} if page else set()
                left += [f"{method} {route.name}, {who}: {text}" for text in pseudo.forgotten(page, data)]
    assert "\n".join(sorted(set(left))) == ""
    unread, unpaged = {route.name for route in ROUTES} - seen, WORDLESS | DEEDS | FILES
    assert " ".join(sorted(unread - unpaged)) == "", "pages that were not read"
    assert " ".join(sorted(unpaged - unread)) == "", "pages that were read after all"


def _visits(name: str, company: dict[str, Any]) -> list[tuple[str, User | None]]:
    """The owner sees most. Others where the same page tells them something else; nobody at the doors."""
    people = company["people"]
    if name.startswith("account"):
        return [(method, who) for method in ("get", "post") for who in (None, people["owner"], people["employee"])]
    shared = name.startswith(("checklist", "team", "home", "preferences")) or name == "ban"
    others = [("get", people["lead"]), ("get", people["employee"])] if shared else []
    return [
        ("get", people["owner"]),
        ("post", people["employee" if name.startswith("checklist") else "owner"]),
        *others,
    ]


def _session(who: User) -> str:
    client = Client()
    client.force_login(who, backend=BACKEND)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _open(method: str, path: str, session: str) -> str:
    """The page that answers, and empty when it is none. What a POST did is undone."""
    client = Client(headers={"accept-language": pseudo.CODE})
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        answer = getattr(client, method)(path)
        transaction.set_rollback(True)
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return answer.content.decode() if is_page else ""


def _view(ban: Ban, owner: User) -> SavedView:
    """Called like a team, so that its name is known to be data."""
    facts = {"page": "ban-everybody", "about": {"pk": ban.pk}, "saved_at": timezone.now()}
    return SavedView.objects.get_or_create(user=owner, name="Search", defaults=facts)[0]


def _substitution(company: dict[str, Any]) -> Substitution:
    """The owner was to stand in for the lead for some days, and was sent home at once: their own pages stay what they were."""
    people, ban = company["people"], company["bans"][0]
    if known := Substitution.objects.first():
        return known
    migration, lead, now = ban.migrations.get(team__name="Search"), people["lead"], timezone.now()
    today = zones.local_day(now, lead.zone)
    period = substituting.Period(today, today + timedelta(days=3))
    made = substituting.name(migration, lead, people["owner"], period, by=lead, now=now)
    substituting.end(made, migration, by=lead, now=now)
    return made


Known = dict[str, list[dict[str, Any]]]


def _arguments(pattern: str, known: Known) -> list[dict[str, Any]]:
    return next((found for start, found in known.items() if pattern.startswith(start)), [{}])


def _known(company: dict[str, Any]) -> Known:
    """What to fill into the addresses of routes, by how these begin. A new kind of address needs a line here."""
    first = company["bans"][0]
    migration = first.migrations.get(team__name="Search")
    team = {"ban_id": first.pk, "team_id": migration.team_id}
    person = company["people"]["employee"].pk
    report = scans.send(migration.team, company["people"]["lead"], "Search", migration.ban.created_at)
    return {
        "bans/<int:pk>/preview/<int:person_id>": [
            {"pk": ban.pk, "person_id": person, "day": letter.day.isoformat()}
            for ban in company["bans"]
            if ban.is_live
            for letter in mails_for(ban, company["people"]["employee"], now=timezone.now())[:1]
        ],
        "bans/<int:pk>/proposals/<int:proposal_id>": [{"pk": first.pk, "proposal_id": _proposal(first).pk}],
        "bans/<int:pk>/steps/<int:step_id>": [
            {"pk": ban.pk, "step_id": ban.steps.first().pk} for ban in company["bans"]
        ],
        "bans/<int:pk>/unreachable/<int:person_id>": [{"pk": first.pk, "person_id": person}],
        "bans/<int:pk>/calendar/<str:day>": [{"pk": ban.pk, "day": "2026-12-01"} for ban in company["bans"]],
        "calendars/of/<path:site>": [{"site": "Osaka"}],
        "bans/<int:pk>/waves/<int:wave_id>": [{"pk": first.pk, "wave_id": first.waves.get().pk}],
        "bans/<int:pk>/evidence/<int:pack_id>": [{"pk": first.pk, "pack_id": first.packs.get().pk}],
        "bans/<int:pk>": [{"pk": ban.pk} for ban in company["bans"]],
        "checklists/<int:pk>/comments/<int:comment_id>": [
            {"pk": row.checklist_id, "comment_id": row.pk} for row in first.comments.filter(author=person)
        ],
        "bans/<int:ban_id>/teams/<int:team_id>/scans/<int:report_id>": [{**team, "report_id": report.pk}],
        "bans/<int:ban_id>/teams/<int:team_id>/substitutes/<int:pk>": [{**team, "pk": _substitution(company).pk}],
        "bans/<int:ban_id>/teams/<int:team_id>/steps": [{**team, "step_id": first.steps.get(per="team").pk}],
        "bans/<int:ban_id>/teams/<int:team_id>": [team],
        "waivers/<int:pk>": [{"pk": pk} for pk in first.waivers.values_list("pk", flat=True)],
        "gaps/<int:pk>": [{"pk": pk} for pk in first.gaps.values_list("pk", flat=True)],
        **_rooms(first, company["people"]["owner"]),
        **_hooks(first, company["people"]["owner"]),
        "people/<int:pk>": [{"pk": each.pk} for each in company["people"].values()],
        "mails/<int:pk>": [{"pk": company["mail"].pk}],
        "checklists/<int:pk>/steps": [{"pk": each.pk, "step_id": each.steps()[0].pk} for each in company["checklists"]],
        "checklists/<int:pk>": [{"pk": each.pk} for each in company["checklists"]],
        "roster/<int:pk>": [{"pk": pk} for pk in RosterImport.objects.values_list("pk", flat=True)],
        "views/shared/<str:token>": [{"token": _view(first, company["people"]["owner"]).token}],
        "views/<int:pk>": [{"pk": _view(first, company["people"]["owner"]).pk}],
        "tools/<int:pk>": [{"pk": tool.pk} for tool in Tool.objects.filter(decided_at__isnull=False)],
        "playbooks/<slug:slug>": [{"slug": book.slug} for book in playbooks.all_playbooks()],
        "preferences/tokens/<int:pk>": [{"pk": company["people"]["owner"].access_tokens.get().pk}],
        "figures/pause/": [{"token": bundles.token_of(company["people"]["lead"].pk)}],
        "calendar/": [
            {"token": feeds.make(company["people"]["lead"], by=company["people"]["lead"], now=timezone.now())}
        ],
        "step-in/<int:pk>": [{"pk": 0}],
        "mail/<str:name>": [{"name": "none"}],
        "^accounts/password/reset/key/": [{"uidb36": "1", "key": "none"}],
    }


def _rooms(ban: Ban, by: User) -> dict[str, list[dict[str, Any]]]:
    """A room with a message that will not go by itself."""
    chosen = Chosen("dingtalk", "http://127.0.0.1:1/", "", "en", "UTC")
    room = rooms.set_room(ban.migrations.get(team__name="Search").team, chosen, by=by, now=timezone.now())
    told = {"state": "dead", "reason": "refused", "due_at": timezone.now(), "not_before": timezone.now()}
    message, _made = RoomMessage.objects.get_or_create(room=room, ban=ban, kind="announcement", defaults=told)
    return {
        "rooms/<int:pk>/messages": [{"pk": room.pk, "message_id": message.pk}],
        "rooms/<int:pk>": [{"pk": room.pk}],
    }


def _hooks(ban: Ban, by: User) -> dict[str, list[dict[str, Any]]]:
    """A webhook with something that did not arrive."""
    hook = ban.hooks.first()
    if hook is None:
        hook, _secret = hooks.register(
            ban, hooks.Chosen("Search", "http://127.0.0.1:1/", ["ban.published"]), by=by, now=timezone.now()
        )
        event, ended = ban.events.filter(verb="published").get(), timezone.now()
        dead = {"state": "dead", "reason": "given_up", "made_at": ended, "not_before": ended, "ended_at": ended}
        Delivery.objects.create(hook=hook, event=event, key=uuid4(), **dead)
    return {
        "hooks/<int:pk>/deliveries": [{"pk": hook.pk, "delivery_id": hook.deliveries.order_by("pk")[0].pk}],
        "hooks/<int:pk>": [{"pk": hook.pk}],
    }


def _proposal(ban: Ban) -> Proposal:
    wish = proposing.Wish(cutoff=(date(2026, 12, 24), time(18), "Asia/Tokyo"))
    by, now = ban.owners.order_by("pk")[0], ban.created_at
    return ban.proposals.first() or proposing.propose(ban, wish, by=by, now=now, why="Ferien")


def _of_calendars() -> Iterator[str]:
    """Names of countries and of their holidays, as the library has them."""
    yield from working_days.countries().values()
    yield from working_days.subdivisions("CN")
    for year in (timezone.localdate().year, timezone.localdate().year + 1):
        rest, _worked = working_days.named_days("CN", "", year)
        yield from (name for _day, name in rest)


def _of_playbooks() -> Iterator[str]:
    """What stands in the playbooks that ship, as text and as their Markdown becomes."""
    for book in playbooks.all_playbooks():
        yield from _strings([dataclasses.asdict(book), dataclasses.asdict(book.fitted({}))])


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
            yield " ".join(unescape(re.sub(r"<[^>]+>", "", markdown.render(value))).split())
            yield from (node.strip() for node in re.split(r"<[^>]+>|[`*\n]", unescape(markdown.render(value))))
        case dict():
            for item in value.values():
                yield from _strings(item)
        case list() | tuple():
            for item in value:
                yield from _strings(item)


def test_every_text_of_every_mail_is_translated(company: dict[str, Any], now: datetime, marks: None) -> None:
    ban, _closed, withdrawn, *_drafts = company["bans"]
    reader = replace(facts.Reader.of(company["people"]["employee"]), language=pseudo.CODE)
    data, left = pseudo.Data(), []
    for topics, moment in _letters(ban, withdrawn, company["people"], now):
        letter = mail.compose(reader, topics, now=moment)
        left += [rest for text in (letter.subject, letter.text) if (rest := data.without(text))]
        left += pseudo.forgotten(letter.html, data)
    assert sorted(set(left)) == []


def _letters(ban: Ban, withdrawn: Ban, people: dict[str, User], now: datetime) -> Iterator[tuple[list[Any], datetime]]:
    """Every kind of mail, before and after the cutoff; and one about two bans."""
    topic = replace(facts.topic_of(ban, people["employee"]), asked_by="Lee")
    bundle = topic.with_bundle(facts.bundle_of(ban, people["lead"]))
    told = [Event.Verb.CUTOFF_MOVED, Event.Verb.STEPS_CHANGED, Event.Verb.SCOPE_CHANGED, Event.Verb.REOPENED]
    told.append(Event.Verb.REGRESSED)
    changed = [replace(topic, changes=(facts.Change(str(verb), "Ferien", "Lee"),)) for verb in told]
    gone = replace(facts.topic_of(withdrawn, people["employee"]), kinds=frozenset({Kind.WITHDRAWAL}))
    for moment in (now, now + timedelta(days=48), now + timedelta(days=100)):
        for kind in (Kind.ANNOUNCEMENT, Kind.RUNG, Kind.NUDGE):
            yield [replace(topic, kinds=frozenset({kind}))], moment
        yield [replace(bundle, kinds=frozenset({Kind.BUNDLE}))], moment
        yield from (([replace(each, kinds=frozenset({Kind.CHANGE}))], moment) for each in changed)
        yield [replace(topic, kinds=frozenset({Kind.RUNG})), gone], moment


def test_refusals_are_translated_where_they_are_raised() -> None:
    """A DomainError is given a text that went through gettext. Commands speak to operators, in English."""
    plain = []
    for path in (texts.ROOT / "migration_planner").rglob("*.py"):
        if "commands" in path.parts or path.name == "commands.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"DomainError", "ChangedMeanwhile"}:
                said = node.args[0].left if isinstance(node.args[0], ast.BinOp) else node.args[0]
                plain += [f"{path.name}:{node.lineno}"] if isinstance(said, ast.Constant | ast.JoinedStr) else []
    assert plain == []


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parts[-3])
def test_the_catalogue_has_every_text_and_is_compiled(po: Any) -> None:
    """`make texts` puts both right."""
    wanted = {(message.context, message.id) for message in texts.extract()}
    assert {(message.context, message.id) for message in texts.read(po)} == wanted
    assert po.with_suffix(".mo").read_bytes() == texts.compiled(po)


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parts[-3])
def test_a_translation_names_what_its_text_names(po: Any) -> None:
    """What is filled in, and no more: a translation may leave nothing out but a number that its one form does not say."""
    wrong = []
    for message in texts.read(po):
        for string in (message.string,) if isinstance(message.string, str) else message.string:
            if message.id and string and _names(string) != _names(message.id):
                wrong.append((message.id, string))
    assert wrong == []


def _names(text: str | tuple[str, ...]) -> set[str]:
    many = text if isinstance(text, str) else text[-1]
    return set(re.findall(r"%\(\w+\)[sd]|%%", many))


def test_a_person_reads_pages_in_their_language(client: Client, checklist: Any, employee: User) -> None:
    User.objects.filter(pk=employee.pk).update(language="zh-hans")
    client.force_login(employee, backend=BACKEND)
    page = client.get(reverse("checklist", args=[checklist.pk])).content.decode()
    assert '<html lang="zh-hans">' in page
    for words in ("从 Old Editor 迁移到 New Editor", "标记为完成", "2026年11月30日（星期一）18:00"):
        assert words in page
    answer = client.post(reverse("checklist-step", args=[checklist.pk, checklist.steps()[0].pk]), {"state": "blocked"})
    assert "请简要说明原因。" in answer.content.decode()


def test_whoever_is_not_signed_in_reads_the_language_of_their_browser(client: Client, db: None) -> None:
    for language, words in (("zh-CN", "登录"), ("tlh", "Sign in"), ("en", "Sign in")):
        page = client.get(reverse("account_login"), headers={"accept-language": language}).content.decode()
        assert f"<h1>{words}</h1>" in page


def test_a_reminder_comes_in_the_language_of_the_person_subject_included(
    ban: Ban, employee: User, now: datetime
) -> None:
    topic = replace(facts.topic_of(ban, employee), kinds=frozenset({Kind.ANNOUNCEMENT}))
    letter = mail.compose(replace(facts.Reader.of(employee), language="zh-hans"), [topic], now=now)
    assert letter.subject == "请在 2026年11月30日前迁出 Old Editor：共 3 个步骤"
    assert "Eve，您好：" in letter.text
    assert "还剩 28 天。截止时间：2026年11月30日 星期一 18:00（Asia/Shanghai）。" in letter.text
    assert '<html lang="zh-hans">' in letter.html


def test_a_language_we_do_not_speak_is_answered_in_english(
    client: Client, ban: Ban, employee: User, now: datetime
) -> None:
    User.objects.filter(pk=employee.pk).update(language="tlh")
    client.force_login(employee, backend=BACKEND)
    page = client.get(reverse("home")).content.decode()
    assert "My work" in page
    assert '<html lang="en">' in page
    topic = replace(facts.topic_of(ban, employee), kinds=frozenset({Kind.ANNOUNCEMENT}))
    letter = mail.compose(facts.Reader.of(User(name="Eve", language="tlh", zone="UTC")), [topic], now=now)
    assert '<html lang="en">' in letter.html
    assert letter.subject == "Move off Old Editor by 30 Nov 2026: 3 steps"


def test_a_text_that_nobody_has_translated_yet_is_shown_in_english() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("A text nobody has translated") == "A text nobody has translated"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_numbers_are_grouped_where_they_count_and_nowhere_else(language: str) -> None:
    with translation.override(language):
        bar = template("{% progress_bar done=1512 total=20000 %}").render(Context())
        assert "1,512" in bar
        assert "20,000" in bar
        assert template("{{ pk }}").render(Context({"pk": 1512})) == "1512"
        assert template("{{ done|percent_of:total }}").render(Context({"done": 1512, "total": 1512})).startswith("100")


def template(source: str) -> Template:
    return Template("{% load planner %}" + source)
