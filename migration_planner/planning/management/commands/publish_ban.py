from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.planning.publishing import publish


class Command(BaseCommand):
    help = (
        "Publish a draft in the name of its first owner: everybody in its audience gets a checklist, and mail goes out with "
        "the next ticks of the clock. Prints the numbers of people and teams."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, metavar="ID", help="The ban's number, as draft_ban printed it.")
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        ban = Ban.objects.filter(pk=options["id"]).first()
        if ban is None:
            raise DomainError(f"There is no ban {options['id']}.")
        owner = ban.owners.active().order_by("pk").first()
        if owner is None:
            raise DomainError("Nobody owns this ban any more. Name an owner in its draft first.")
        numbers = publish(ban, by=owner, now=timezone.now())
        if options["json"]:
            return self.as_json({"id": ban.pk, **numbers})
        return f"Published ban {ban.pk}, {ban}. People: {numbers['people']}. Teams: {numbers['teams']}."
