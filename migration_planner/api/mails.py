"""The mail of a ban: its balance, each reminder, whom no mail reaches, and stopping it."""

from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import figures_ban, own_ban, visible_ban
from migration_planner.api.shapes import Changed, Number, OptionalWhy, Paged, PersonInShort, Why, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import audience
from migration_planner.planning.models import Checklist
from migration_planner.planning.permissions import can_restore_address
from migration_planner.reminders import balancing, pausing, previewing, reaching, reports
from migration_planner.reminders.models import Reminder

#: Where a reminder can be: the parts of the balance.
PLACES = [(place, place) for place in balancing.PLACES]


class BalanceShape(Serializer):
    """Whatever was to be told anybody is in one place: due = sent + cancelled + suppressed + dead + held + waiting.

    `planned` (not due yet) and `again` (put off by the mail server) are among the waiting.
    """

    due = serializers.IntegerField()
    sent = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    suppressed = serializers.IntegerField()
    dead = serializers.IntegerField()
    held = serializers.IntegerField()
    waiting = serializers.IntegerField()
    planned = serializers.IntegerField()
    again = serializers.IntegerField()
    adds_up = serializers.BooleanField()


class DayShape(Serializer):
    day = serializers.DateField()
    balance = BalanceShape()


class PauseShape(Serializer):
    since = serializers.DateTimeField()
    by = serializers.CharField(source="by.name")
    why = serializers.CharField()


class MailShape(Serializer):
    """The balance of a ban, in all and day by day, and the pause in force."""

    total = BalanceShape()
    days = DayShape(many=True)
    pause = PauseShape(allow_null=True)


class RemindersQuery(Paged):
    place = serializers.ChoiceField(PLACES, required=False)
    day = serializers.DateField(required=False, help_text="The reader's own day.")
    q = serializers.CharField(required=False, max_length=100, help_text="Part of a name or an address.")


class ReminderRow(Serializer):
    """Why somebody should hear from us, and what became of it."""

    id = serializers.IntegerField(source="pk")
    person = PersonInShort()
    kind = serializers.ChoiceField(Reminder.Kind.choices)
    rung = serializers.CharField()
    day = serializers.DateField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(Reminder.State.choices)
    reason = serializers.CharField()


class UnreachableRow(Serializer):
    checklist = serializers.IntegerField(source="pk")
    person = PersonInShort()
    team = serializers.CharField(source="migration.path")
    refused_code = serializers.IntegerField(allow_null=True)
    refused_text = serializers.CharField(allow_null=True)


@act("mail_balance", READ, "mail", answer=MailShape)
def read(call: Call, pk: int) -> dict[str, Any]:
    """The balance of the mail about a ban, counted at one instant. It adds up at every moment."""
    ban = figures_ban(call.user, pk)
    days = balancing.by_day(ban, now=call.now)
    return {
        "total": _told(balancing.total(days)),
        "days": [{"day": each.day, "balance": _told(each.balance)} for each in days],
        "pause": pausing.paused(ban),
    }


@act("reminders", READ, "mail", query=RemindersQuery, answer=paged(ReminderRow))
def list_reminders(call: Call, pk: int) -> Page[Reminder]:
    """The reminders of a ban: what comes next first, and of what is past the newest."""
    asked = call.asked
    wanted = reports.Asked(asked.get("place", ""), asked.get("day"), asked.get("q", ""))
    return page(call, reports.listed(figures_ban(call.user, pk), wanted, now=call.now), wanted.order)


@act("unreachable", READ, "mail", query=Paged, answer=paged(UnreachableRow))
def list_unreachable(call: Call, pk: int) -> Page[Checklist]:
    """People of the audience whom no mail can reach, and what the mail server said."""
    return page(call, reaching.unreachable(figures_ban(call.user, pk)), ("pk",))


@act("restore_address", MANAGE, "mail", body=OptionalWhy)
def restore(call: Call, pk: int, person_id: int) -> None:
    """Say that an address takes mail again: what is still owed goes out with the next pass of the clock."""
    ban = visible_ban(call.user, pk)
    require(can_restore_address(call.user, ban))
    row = get_object_or_404(reaching.unreachable(ban), person=person_id)
    reaching.restore(row.person, by=call.user, now=call.now, why=call.said["why"])


@act("pause_mail", MANAGE, "mail", body=Why, answer=PauseShape)
def pause(call: Call, pk: int) -> Any:
    """Stop the mail about a ban at once. What falls due meanwhile waits."""
    return pausing.pause(by=call.user, now=call.now, why=call.said["why"], ban=own_ban(call.user, pk))


@act("resume_mail", MANAGE, "mail", answer=Changed)
def resume(call: Call, pk: int) -> dict[str, bool]:
    """Let the mail about a ban go on."""
    return {"changed": pausing.resume(by=call.user, now=call.now, ban=own_ban(call.user, pk))}


class PreviewQuery(Serializer):
    person = Number(help_text="Number of somebody in the audience.")


class PreviewShape(Serializer):
    """A mail as it will be sent."""

    day = serializers.DateField()
    due_at = serializers.DateTimeField()
    subject = serializers.CharField()
    text = serializers.CharField()


class Previews(Serializer):
    results = PreviewShape(many=True)


@act("preview_mails", READ, "mail", query=PreviewQuery, answer=Previews)
def preview(call: Call, pk: int) -> dict[str, Any]:
    """Every mail that one person of the audience would get, as it will be sent: of a draft from its announcement on."""
    ban = own_ban(call.user, pk)
    person = get_object_or_404(audience.people(ban), pk=call.asked["person"])
    return {"results": previewing.mails_for(ban, person, now=call.now) if ban.cutoff_at else []}


def _told(balance: balancing.Balance) -> dict[str, Any]:
    return {**asdict(balance), "adds_up": balance.adds_up}


previews = door(get=preview)
balance, reminders, unreachable = door(get=read), door(get=list_reminders), door(get=list_unreachable)
address, pausing_, resuming = door(post=restore), door(post=pause), door(post=resume)
