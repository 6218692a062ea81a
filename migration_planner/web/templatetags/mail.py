"""What templates say about mail: places of the balance, states of reminders, answers of servers."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.reminders.checking import Fault
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.troubles import Trouble, trouble
from migration_planner.web import clock, explaining, faults, shapes
from migration_planner.web.templatetags.planner import status

register = template.Library()

#: Places of the balance that are no states by themselves; the others have the words of their states.
PLACES = {"planned": _("Planned"), "waiting": _("Due now"), "again": _("Tried again")}


@register.simple_tag
def place_word(place: str) -> str:
    word = str(PLACES.get(place) or shapes.look(place).word)
    return word[:1].upper() + word[1:]


@register.simple_tag
def reminder_state(reminder: Reminder, now: datetime) -> SafeString:
    """Its state as shape and word; of one that waits: planned, due now, or until when it is put off."""
    if reminder.state != Reminder.State.WAITING:
        return status(reminder.state)
    if reminder.mail and explaining.is_put_off(reminder.mail, now):
        return mail_state(reminder.mail, now)
    return status("planned") if reminder.due_at > now else status("waiting", _t("due now"))


@register.simple_tag
def mail_state(mail: Mail, now: datetime) -> SafeString:
    if explaining.is_put_off(mail, now):
        words = _t("put off until %(until)s") % {"until": clock.write(clock.local(mail.not_before), "short")}
        return status("again", words)
    return status("planned" if mail.state == Mail.State.WAITING and mail.not_before > now else mail.state)


@register.simple_tag
def trouble_of(kept: str) -> Trouble:
    """What stops the mail, in plain words, with what the server said."""
    return trouble(kept)


@register.simple_tag
def said(mail: Mail) -> str:
    """The mail server's last answer."""
    return explaining.said(mail)


@register.simple_tag
def fault_words(fault: Fault) -> str:
    """What a check found, and what to do about it."""
    return faults.words(fault)
