"""A mail of every kind that the product sends, by walking through the life of one ban."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.test import Client

from migration_planner.people.models import User
from migration_planner.planning import changing, deciding, gaps, signals
from migration_planner.planning.models import Mark
from migration_planner.planning.signal_files import from_data
from migration_planner.reminders import asking, comments, escalating, ladder, nudging, reviews
from migration_planner.reminders.models import Reminder, Rung
from migration_planner.reminders.ticking import tick
from tests.waivers import ask

#: Nine in Shanghai, the day after the publishing.
MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def tick_through(day: datetime) -> None:
    """Nine in Shanghai, and nine in Berlin."""
    tick(now=day)
    tick(now=day + timedelta(hours=7))


def send_every_kind(ban: Any, *, owner: Any, lead: Any) -> None:
    """Announcement, figures, a change of each kind, rungs before and after the cutoff, a nudge, a waiver, a return, the end."""
    to_leads = ladder.Line(Rung.Anchor.BEFORE, 14, Rung.Audience.UNFINISHED, Rung.Recipient.LEAD)
    ladder.set_rungs(ban, [*ladder.LONG, to_leads], by=owner, now=MORNING - DAY)
    escalating.set_graces(ban, [1], by=owner, now=MORNING - DAY)
    User.objects.exclude(pk=lead.pk).update(line_manager=lead)
    for days in (0, 6, 13):  # the announcement; the first figures; the rung of fourteen days
        tick_through(MORNING + days * DAY)
    told = {"by": owner, "now": MORNING + 13.5 * DAY}
    changing.move_cutoff(ban, date(2026, 12, 1), time(18), "Asia/Shanghai", why="许可证", **told)
    tick_through(MORNING + 14 * DAY)
    changing.change_scope(ban, "全部", why="有人问", by=owner, now=MORNING + 14.5 * DAY)
    tick_through(MORNING + 15 * DAY)
    nudging.nudge(ban.checklists.all(), by=lead, now=MORNING + 16 * DAY)
    tick_through(MORNING + 16 * DAY)
    ask_about_use(ban, owner=owner, lead=lead, now=MORNING + 17 * DAY)
    tick_through(MORNING + 17 * DAY)
    fix_a_gap(ban, owner=owner, lead=lead, now=MORNING + 18 * DAY)
    tick_through(MORNING + 18 * DAY)
    waiver = ask(ban.checklists.get(person=lead), now=MORNING + 18.2 * DAY, until=date(2026, 12, 20))
    deciding.refuse(waiver, by=owner, now=MORNING + 18.5 * DAY, words="请用查看器")
    tick_through(MORNING + 19 * DAY)
    comment(ban, owner=owner, lead=lead, now=MORNING + 19.5 * DAY)
    tick_through(MORNING + 20 * DAY)
    return_a_mark(ban, owner=owner, lead=lead, now=MORNING + 24.5 * DAY)
    tick_through(MORNING + 25 * DAY)
    for days in (28, 29):  # the last day; overdue, and escalated
        tick_through(MORNING + days * DAY)
    finish(ban, lead=lead, now=MORNING + 29.3 * DAY)
    tick_through(MORNING + 30 * DAY)
    ban.withdraw(by=owner, now=MORNING + 30.5 * DAY, why="供应商答复")
    tick_through(MORNING + 31 * DAY)
    assert set(Reminder.objects.sent().values_list("kind", flat=True)) == set(Reminder.Kind.values)


def ask_about_use(ban: Any, *, owner: Any, lead: Any, now: datetime) -> None:
    """The lead has not begun, but uses the new tool alone."""
    row = {"person": lead.email, "day": str(now.date()), "source": "sso"}
    rows = [{**row, "tool": ban.tool.name, "count": 0}, {**row, "tool": ban.replacement.name, "count": 3}]
    signals.take(from_data(rows), by=owner, now=now, apply=True)
    asking.ask(ban.checklists.all(), by=owner, now=now)


def fix_a_gap(ban: Any, *, owner: Any, lead: Any, now: datetime) -> None:
    """The lead is blocked by a gap, which is fixed a moment later."""
    checklist = ban.checklists.get(person=lead)
    gaps.block(checklist, checklist.steps()[0], by=lead, now=now, note="没有宏", title="没有宏")
    gap = ban.gaps.get()
    gaps.decide(gap, gaps.Decision("fixed", "请更新。", gap.title, gap.words, owner), by=owner, now=now)


def return_a_mark(ban: Any, *, owner: Any, lead: Any, now: datetime) -> None:
    """The lead has claimed a step; the owner does not believe it."""
    checklist = ban.checklists.select_related("ban", "migration").get(person=lead)
    step = checklist.steps().filter(required=True)[1]
    checklist.mark(step, Mark.State.DONE, by=lead, now=now, note="好了")
    reviews.give_back([checklist], step, by=owner, now=now, why="链接打不开")


def comment(ban: Any, *, owner: Any, lead: Any, now: datetime) -> None:
    """The owner asks the lead something, about a step and about everything."""
    checklist = ban.checklists.select_related("ban", "migration").get(person=lead)
    comments.write([checklist], "您用哪个版本？\nhttps://wiki.example/版本", by=owner, now=now)
    comments.write([checklist], "还有吗？", by=owner, now=now, step=checklist.steps()[0])


def finish(ban: Any, *, lead: Any, now: datetime) -> None:
    """Everybody in the team of the lead, and the team itself."""
    migration = ban.migrations.get(checklists__person=lead)
    for holder in (*ban.checklists.filter(migration=migration), migration):
        for step in holder.steps().filter(required=True):
            holder.mark(step, Mark.State.DONE, by=lead, now=now, note="好了")


def ask_for_a_password(person: Any) -> None:
    """By the form for everybody who cannot sign in; the mail goes by Django, not by the outbox."""
    cache.clear()  # in which such requests are counted
    assert Client().post("/accounts/password/reset/", {"email": person.email}).status_code == 302
