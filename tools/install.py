"""Make .venv and install the pinned requirements, once: `install.py local` or `install.py dev`.

Runs with the machine's python3 and its standard library alone. Safe to kill, to repeat, and to run twice at once.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
#: While this exists pip is at work, or was killed: what it left may be half a package that it takes for a whole one.
UNFINISHED = VENV / "unfinished"
LISTS = {
    "local": ["requirements.txt", "requirements-local.txt"],
    "dev": ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"],
}


def install(what: str) -> None:
    stamp, wanted = VENV / f"installed-{what}", _fingerprint(what)
    (ROOT / ".local").mkdir(exist_ok=True)
    with (ROOT / ".local" / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _works():
            _make()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"Installing {LISTS[what][-1]} into .venv (once; it takes a minute or two) …", flush=True)
        UNFINISHED.touch()
        _pip("install", "--requirement", str(ROOT / LISTS[what][-1]))
        stamp.write_text(wanted)
        UNFINISHED.unlink()


def _works() -> bool:
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode == 0


def _make() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(
            f"{done.stdout}{done.stderr}\nA virtual environment could not be made. On Debian: apt-get install python3-venv"
        )


def _pip(*arguments: str) -> None:
    quiet = ["--quiet", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--no-input"]
    done = subprocess.run([PYTHON, "-m", "pip", *arguments, *quiet])
    if done.returncode:
        sys.exit("The requirements could not be installed; pip says why above. Is a package index within reach?")


def _fingerprint(what: str) -> str:
    content = b"".join((ROOT / name).read_bytes() for name in LISTS[what])
    return f"{sys.version_info[:2]} {hashlib.sha256(content).hexdigest()}"


if __name__ == "__main__":
    install(sys.argv[1])
