"""Waivers of a ban: asked for, granted at every level, for shorter, refused, questioned, extended twice, revoked, taken back."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from migration_planner.local.year.acts import Act, Stage
from migration_planner.people.models import User
from migration_planner.planning import deciding, waiving
from migration_planner.planning.models import Checklist, Waiver
from migration_planner.planning.waiving import Wish

ASKED = [
    ("no_equivalent", "Our release macros have no counterpart yet; the tools team writes one.", "No customer code."),
    ("commitment", "We deliver the billing migration first, with the tools we know.", "Two people, read-only tokens."),
    ("no_access", "The licence request is with IT.", "Only for reviewing, never for writing."),
    ("obstacle", "The new client does not run in our build image.", "Sandboxed, without network."),
    ("absence", "Back from parental leave in a month.", "The account is locked until then."),
]
DAY = timedelta(days=1)


def acts(stage: Stage) -> Iterator[Act]:
    """What happens about waivers under this ban, each at its moment; the same waivers are met again."""
    early: list[Waiver] = []
    late: list[Waiver] = []
    open_: list[Waiver] = []
    yield Act(stage.at(0.22), lambda now: early.extend(_ask(stage, "early", 6, now.date() + stage.window * 0.3, now)))
    yield Act(stage.at(0.22, hours=3), lambda now: _approve_but_one(stage, early, now))
    for share in (0.32, 0.42):
        yield Act(stage.at(share), lambda now: _extend(stage, early[:2], now))
    yield Act(stage.at(0.5), lambda now: late.extend(_ask(stage, "late", 9, stage.cutoff_day + 10 * DAY, now)))
    yield Act(stage.at(0.5, hours=2), lambda now: _decide_late(stage, late, now))
    yield Act(stage.at(0.5, hours=26), lambda now: _answer(stage, late[-1:], now))
    yield Act(stage.at(0.6), lambda now: _take_back(stage, now))
    yield Act(stage.at(0.68), lambda now: _revoke(stage, late[:1], now))
    yield Act(stage.at(0.72), lambda now: open_.extend(_ask(stage, "open", 6, stage.cutoff_day + 14 * DAY, now)))
    yield Act(stage.at(0.72, hours=2), lambda now: _question(stage, open_[:1], now))


def _ask(stage: Stage, name: str, count: int, end: date, now: datetime) -> list[Waiver]:
    """Requests of people who have something to do; every third comes from their lead."""
    return [_request(stage, one, number, end, now) for number, one in enumerate(_people(stage, name, count))]


def _people(stage: Stage, name: str, count: int) -> Sequence[Checklist]:
    with_waiver = Checklist.objects.with_waiver().filter(ban=stage.ban).values("pk")
    free = stage.ban.checklists.asked().exclude(pk__in=with_waiver).exclude(waivers__granted_at__isnull=False)
    return stage.some(free.exclude(person__in=stage.ban.owners.all()), f"waiver/{name}", count)


def _request(stage: Stage, one: Checklist, number: int, end: date, now: datetime) -> Waiver:
    reason, words, control = ASKED[number % len(ASKED)]
    steps = one.steps().filter(required=True).values_list("pk", flat=True)[:1] if number == 4 else ()
    lead = one.migration.team.leads().exclude(pk=one.person_id).first() if number % 3 == 2 else None
    wish = Wish(reason, words, control, min(end, waiving.latest(one, now=now)), tuple(steps))
    return waiving.request(one, wish, by=lead or one.person, now=now)


def approve(stage: Stage, waiver: Waiver, now: datetime, *, until: date | None = None) -> None:
    """Through all its levels. Where it was decided otherwise meanwhile, or is over, nothing happens."""
    for number in range(3):
        waiver.refresh_from_db()
        if waiver.state != Waiver.State.REQUESTED or waiver.until_at <= now or not _asks(waiver):
            return
        by = stage.owner if waiver.level == Waiver.Level.OWNER else _decider(waiver)
        last = waiver.level == Waiver.Level.OWNER
        at = now + number * timedelta(minutes=20)
        deciding.approve(waiver, by=by, now=at, words="With the tools team.", until=until if last else None)


def _asks(waiver: Waiver) -> bool:
    return not Checklist.objects.filter(pk=waiver.checklist_id, state__in=["done", "stopped"]).exists()


def _decider(waiver: Waiver) -> User:
    """Whoever it waits for before the owners; there is one, else it would have been passed on."""
    if waiver.level == Waiver.Level.MANAGER and waiver.person.line_manager:
        return waiver.person.line_manager
    path = waiver.checklist.migration.path.split("/")
    above = ["/".join(path[:length]) for length in range(len(path), 0, -1)]
    leads = User.objects.active().filter(memberships__role="lead", memberships__team__path__in=above).distinct()
    waits = (
        lead for lead in leads.order_by("email") if Waiver.objects.to_decide_by(lead).filter(pk=waiver.pk).exists()
    )
    return next(waits)


def _approve_but_one(stage: Stage, waivers: Sequence[Waiver], now: datetime) -> None:
    for waiver in waivers[:-1]:
        approve(stage, waiver, now)
    if waivers:
        _refuse(stage, waivers[-1], now)


def _refuse(stage: Stage, waiver: Waiver, now: datetime) -> None:
    """By an owner; where a lead is asked first, the lead lets it pass."""
    _pass_to_owner(waiver, now)
    if waiver.state == Waiver.State.REQUESTED and _asks(waiver):
        deciding.refuse(waiver, by=stage.owner, now=now, words="The viewer of the new tool does this already.")


def _pass_to_owner(waiver: Waiver, now: datetime) -> None:
    waiver.refresh_from_db()
    while waiver.level != Waiver.Level.OWNER and waiver.state == Waiver.State.REQUESTED and _asks(waiver):
        deciding.approve(waiver, by=_decider(waiver), now=now)
        waiver.refresh_from_db()


def _extend(stage: Stage, waivers: list[Waiver], now: datetime) -> None:
    for waiver in waivers:
        one = Checklist.objects.select_related("ban", "person", "migration__team").get(pk=waiver.checklist_id)
        standing = one.waivers.granted().first()
        if standing is None or not _asks(standing):
            continue
        until = min(standing.until + max(stage.window * 0.25, 3 * DAY), waiving.latest(one, now=now))
        if until > standing.until:
            wish = Wish(standing.reason, standing.words, standing.control, until)
            approve(stage, waiving.request(one, wish, by=one.person, now=now), now + timedelta(hours=1))


def _decide_late(stage: Stage, waivers: Sequence[Waiver], now: datetime) -> None:
    for number, waiver in enumerate(waivers[:-2]):
        approve(stage, waiver, now, until=waiver.until - 4 * DAY if number % 3 == 1 else None)
    for waiver in waivers[-2:-1]:
        _refuse(stage, waiver, now)
    _question(stage, waivers[-1:], now)


def _question(stage: Stage, waivers: Sequence[Waiver], now: datetime) -> None:
    for waiver in waivers:
        _pass_to_owner(waiver, now)
        if waiver.state == Waiver.State.REQUESTED and _asks(waiver):
            deciding.ask(waiver, by=stage.owner, now=now, words="Which macros exactly, and by when?")


def _answer(stage: Stage, waivers: Sequence[Waiver], now: datetime) -> None:
    for waiver in waivers:
        waiver.refresh_from_db()
        if waiver.state == Waiver.State.QUESTIONED:
            words = "The two that sign a release; by the end of the month."
            deciding.answer(waiver, by=waiver.requested_by, now=now, words=words)
            approve(stage, waiver, now + timedelta(hours=1))


def _take_back(stage: Stage, now: datetime) -> None:
    for waiver in _ask(stage, "back", 1, stage.cutoff_day + 7 * DAY, now):
        waiving.take_back(waiver, by=waiver.requested_by, now=now + timedelta(hours=1))


def _revoke(stage: Stage, waivers: Sequence[Waiver], now: datetime) -> None:
    for waiver in waivers:
        waiver.refresh_from_db()
        if waiver.is_in_force:
            deciding.revoke(waiver, by=stage.owner, now=now, words="The macros are there since this morning.")
