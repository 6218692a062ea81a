#!/usr/bin/env python3
"""Command line of Migration Planner.

Without DATABASE_URL every command runs in local mode: it starts, or joins, the PostgreSQL embedded in this checkout.
"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_planner.config.settings")
    if "DATABASE_URL" not in os.environ:
        try:
            from migration_planner.local import environment
        except ModuleNotFoundError:
            sys.exit(
                "DATABASE_URL is not set, and what local mode needs (requirements-local.txt) is not installed here."
            )
        environment.enter(sys.argv[1:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
