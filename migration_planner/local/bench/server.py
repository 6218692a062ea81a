"""Gunicorn with two processes, as production runs it, on a free port of this machine."""

import socket
import subprocess
import sys
import time
import urllib.request


class Server:
    def __init__(self) -> None:
        self.port = _free_port()
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "--workers", "2", "--log-level", "warning"]
        self.process = subprocess.Popen(  # noqa: S603 - a fixed command
            [*command, "--bind", f"127.0.0.1:{self.port}", "migration_planner.config.wsgi"]
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def _wait(self) -> None:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5)
            except OSError:  # nobody listens yet, or a worker is still starting and answers late
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("The web server did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
