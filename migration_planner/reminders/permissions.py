"""What a person may do with a mail they may see (`reports.mails_visible_to`)."""

from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.reminders.models import Mail, Reminder


def can_read_text(user: User, mail: Mail) -> bool:
    """Its words: the reader themselves, and whoever may see every reminder it speaks for.

    One mail may speak of several bans; who runs one of them does not read about the others.
    """
    if user.sees_everything or mail.person_id == user.pk:
        return True
    carried = Reminder.objects.filter(pk__in=mail.carries or [])
    return not carried.exclude(pk__in=Reminder.objects.visible_to(user).filter(pk__in=mail.carries or [])).exists()


def can_decide(user: User, mail: Mail) -> bool:
    """What becomes of a held mail: administrators, and the owners of the bans it speaks of."""
    return user.is_administrator or Ban.objects.run_by(user).filter(reminders__mail=mail).exists()


def can_decide_some(user: User) -> bool:
    return user.is_administrator or Ban.objects.run_by(user).exists()
