"""`manage.py` over the environment of the tests: python -m tests.manage check"""

import atexit
import os
import sys

from tests.environment import CLUSTER

if __name__ == "__main__":
    atexit.register(CLUSTER.leave)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_planner.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
