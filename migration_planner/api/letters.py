"""Single mails: what became of one, its words, a person's decision about a held one; and all mail of the installation."""

from typing import Any

from django.db.models import Count
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import visible_mail, visible_person
from migration_planner.api.mails import PauseShape, ReminderRow
from migration_planner.api.shapes import Changed, Paged, PersonInShort, Why, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning.permissions import can_pause_all_mail
from migration_planner.reminders import pausing, releasing, reports
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.permissions import can_decide, can_decide_some, can_read_text
from migration_planner.reminders.rehearsing import text_of


class MailRow(Serializer):
    """One message to one person for one of their days."""

    id = serializers.IntegerField(source="pk")
    person = PersonInShort()
    day = serializers.DateField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(Mail.State.choices)
    reason = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    subject = serializers.CharField(allow_null=True)
    tries = serializers.IntegerField()


class AttemptRow(Serializer):
    """One try to hand it over, and what the mail server answered."""

    at = serializers.DateTimeField()
    code = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    queue_id = serializers.CharField()


class MailDetail(MailRow):
    """A mail with every attempt, and its words for whoever may read them (else null)."""

    message_id = serializers.CharField(allow_null=True)
    attempts = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    def get_attempts(self, mail: Mail) -> list[dict[str, Any]]:
        return [dict(row) for row in AttemptRow(mail.attempts.order_by("pk"), many=True).data]

    def get_text(self, mail: Mail) -> str | None:
        reads = mail.raw and can_read_text(self.context["call"].user, mail)
        return text_of(bytes(mail.raw)) if reads and mail.raw else None


class MailDecision(Why):
    decision = serializers.ChoiceField(releasing.Decision.choices)


class AllMail(Serializer):
    """The mail of the installation: mails by state, how many are due, and the pause in force."""

    counts = serializers.DictField(child=serializers.IntegerField())
    due = serializers.IntegerField()
    pause = PauseShape(allow_null=True)


@act("mails", READ, "mail", answer=AllMail)
def read_all(call: Call) -> dict[str, Any]:
    """How all mail of the installation stands: for those who run or audit it."""
    require(call.user.sees_everything)
    counts = dict(Mail.objects.values_list("state").annotate(n=Count("pk")))
    return {
        "counts": {state: counts.get(state, 0) for state in Mail.State.values},
        "due": Mail.objects.due(call.now).count(),
        "pause": pausing.paused(),
    }


@act("pause_all_mail", MANAGE, "mail", body=Why, answer=PauseShape)
def pause(call: Call) -> Any:
    """Stop all mail at once: the message in hand is the last. For administrators."""
    require(can_pause_all_mail(call.user))
    return pausing.pause(by=call.user, now=call.now, why=call.said["why"])


@act("resume_all_mail", MANAGE, "mail", answer=Changed)
def resume(call: Call) -> dict[str, bool]:
    """Let all mail go on."""
    require(can_pause_all_mail(call.user))
    return {"changed": pausing.resume(by=call.user, now=call.now)}


@act("held_mails", READ, "mail", query=Paged, answer=paged(MailRow))
def list_held(call: Call) -> Page[Mail]:
    """Mails that may have arrived, or not, for those who decide about them; the oldest first."""
    require(call.user.sees_everything or can_decide_some(call.user))
    return page(call, reports.held(call.user), ("due_at", "pk"))


@act("mail", READ, "mail", answer=MailDetail)
def read(call: Call, pk: int) -> Mail:
    """One mail: what became of it, every attempt with the server's answer, and its words."""
    return visible_mail(call.user, pk)


@act("decide_mail", MANAGE, "mail", body=MailDecision, answer=MailDetail)
def decide(call: Call, pk: int) -> Mail:
    """Send a held mail again, count it as sent, or give it up."""
    mail = visible_mail(call.user, pk)
    require(can_decide(call.user, mail))
    decision = releasing.Decision(call.said["decision"])
    releasing.release(mail, decision, by=call.user, now=call.now, why=call.said["why"])
    return mail


@act("mail_of_person", READ, "mail", query=Paged, answer=paged(ReminderRow))
def of_person(call: Call, pk: int) -> Page[Reminder]:
    """Why somebody was, or was not, written to, as far as you may see it; newest first."""
    person = visible_person(call.user, pk)
    return page(call, reports.of_person(person, call.user).select_related("person"), ("-due_at", "-pk"))


mails, pausing_, resuming = door(get=read_all), door(post=pause), door(post=resume)
held, mail, decision, person_mail = door(get=list_held), door(get=read), door(post=decide), door(get=of_person)
