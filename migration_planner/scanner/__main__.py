"""`python3 -m migration_planner.scanner`; scan.pyz enters through `command.main` as well."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
