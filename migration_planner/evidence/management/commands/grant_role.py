import os
from argparse import ArgumentParser
from typing import Any

from migration_planner.evidence import roles
from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError

#: Where the password of the application's role stands.
SETTING = "APPLICATION_PASSWORD"
#: It is made by a program and read by programs.
LEAST = 16


class Command(BaseCommand):
    help = (
        "Let a role of the database be the application's: it can read and write, add to history, and neither change history "
        "nor the schema. Run it as the owner of the tables after every migrate; it may run again and again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="The role the application connects as. It owns nothing and is no superuser.")
        parser.add_argument(
            "--create",
            action="store_true",
            help=f"Make the role where there is none, and give it the password that stands in {SETTING}.",
        )

    def act(self, **options: Any) -> str:
        role = options["role"]
        made = roles.grant(role, password=_password() if options["create"] else "")
        return f"{role}{' was made, and' if made else ''} can add to history, and neither change it nor the schema."


def _password() -> str:
    """From the environment: the arguments of a process are there for all to see."""
    password = os.environ.get(SETTING, "")
    if len(password) < LEAST:
        raise DomainError(f"{SETTING} is not set, or shorter than {LEAST} characters. Set it in the environment.")
    return password
