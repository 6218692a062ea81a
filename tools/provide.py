"""Find, or install, what the tests need and pip does not bring: a Chromium, a Redis server, faketime.

By hand: `provide.py redis` prints where it is.
"""

import os
import shutil
import subprocess
import sys

CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
REDIS = ["redis-server", "valkey-server"]
FAKETIME = ["faketime"]
DOWNLOAD_SECONDS = 300


def chromium() -> str:
    """The path of a Chromium that starts: an installed one, else Playwright's own, else Debian's."""
    for find in (lambda: _in_path(CHROMIUM), _playwright, lambda: _debian("chromium", CHROMIUM)):
        path = find()
        if path and _starts(path):
            return path
    sys.exit(
        "The browser tests need Chromium. None that starts is in PATH, Playwright could not download one, and Debian's "
        "package could not be installed here. Install Chromium, or set CHROMIUM_PATH."
    )


def redis() -> str:
    """The path of a Redis server: an installed one, else Debian's. Empty when there is none; the tests then say so."""
    return os.environ.get("REDIS_SERVER") or _in_path(REDIS) or _debian("redis-server", REDIS)


def faketime() -> str:
    """The path of faketime, which lets a process believe in another time: an installed one, else Debian's; or empty."""
    return _in_path(FAKETIME) or _debian("faketime", FAKETIME)


def _in_path(names: list[str]) -> str:
    if given := os.environ.get("CHROMIUM_PATH"):
        names = [given, *names] if names is CHROMIUM else names
    return next((path for name in names if (path := shutil.which(name))), "")


def _playwright() -> str:
    print("No Chromium in PATH; asking Playwright for its own …", flush=True)
    try:
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"], timeout=DOWNLOAD_SECONDS, capture_output=True
        )
    except subprocess.TimeoutExpired:
        return ""
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as b: print(b.chromium.executable_path)"
    path = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True).stdout.strip()
    return path if os.path.exists(path) else ""


def _debian(package: str, names: list[str]) -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return ""
    print(f"Installing Debian's package {package} …", file=sys.stderr, flush=True)
    # RUNLEVEL=1 keeps Debian from starting a service of its own.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    for command in (["apt-get", "update", "-q"], install):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL)
    return _in_path(names)


def _starts(path: str) -> bool:
    command = [path, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"]
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    print({"chromium": chromium, "redis": redis, "faketime": faketime}[sys.argv[1]]())
