"""What the nightly check found, as sentences that say what to do."""

from django.utils.translation import ngettext

from migration_planner.reminders.checking import Fault


def words(fault: Fault) -> str:
    numbers = {"n": fault.count, "ban": fault.ban}
    match fault.what:
        case "counters":
            return (
                ngettext(
                    "Ban %(ban)s: %(n)d kept counter differs from what it counts. manage.py recount puts it right.",
                    "Ban %(ban)s: %(n)d kept counters differ from what they count. manage.py recount puts them right.",
                    fault.count,
                )
                % numbers
            )
        case "stranded":
            return (
                ngettext(
                    "%(n)d reminder is due, but in a mail that will not go. Tell those who keep the program.",
                    "%(n)d reminders are due, but in mails that will not go. Tell those who keep the program.",
                    fault.count,
                )
                % numbers
            )
        case "contradicted":
            return (
                ngettext(
                    "%(n)d reminder says something else than its mail. Tell those who keep the program.",
                    "%(n)d reminders say something else than their mails. Tell those who keep the program.",
                    fault.count,
                )
                % numbers
            )
        case "unproven":
            return (
                ngettext(
                    "%(n)d mail is marked as sent without an attempt in its ledger. Tell those who keep the program.",
                    "%(n)d mails are marked as sent without an attempt in their ledgers. Tell those who keep the program.",
                    fault.count,
                )
                % numbers
            )
    return (
        ngettext(
            "%(n)d reminder is in no place of the balance. Tell those who keep the program.",
            "%(n)d reminders are in no place of the balance. Tell those who keep the program.",
            fault.count,
        )
        % numbers
    )
