"""Becomes the program given as arguments, after asking the operating system to end it together with its parent.

Only Linux knows that wish. Elsewhere a killed `manage.py up` leaves its children to the next start, which ends them.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def become(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:  # else it died before we could ask
        os.execv(command[0], command)  # noqa: S606 - that is the purpose


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
