from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.reminders import restoring
from migration_planner.reminders.models import Mail


class Command(BaseCommand):
    help = (
        "Show the mail that is held for a person to decide. --restored says that this database was restored from a backup, where "
        "it does not notice by itself: from now on nothing goes until release_mail --resume."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--restored", action="store_true", help="The database was restored: hold what was due.")
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        if options["restored"]:
            restoring.tell(now=timezone.now())
        held = list(Mail.objects.held().select_related("person").defer("raw").order_by("due_at", "pk"))
        found = restoring.open_restore()
        if options["json"]:
            rows = [{"id": each.pk, "to": each.person.email, "day": each.day, "reason": each.reason} for each in held]
            return self.as_json({"restored": found.noticed_at if found else None, "held": rows})
        return "\n".join([*_about(found is not None), *(_line(each) for each in held), f"{len(held)} mails are held."])


def _about(restored: bool) -> list[str]:
    if not restored:
        return []
    return ["The database was restored, so nothing goes until: manage.py release_mail --resume --by … --why …"]


def _line(mail: Mail) -> str:
    return f"{mail.pk:>10}  {mail.day}  {mail.person.email:<40}  {mail.get_reason_display()}"
