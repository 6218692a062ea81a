"""The system user that PostgreSQL runs as when root starts it."""

import pwd
import shutil
import stat
import subprocess
from pathlib import Path

NAME = "embedded_postgres"
TRAVERSE = stat.S_IXOTH
READ = stat.S_IROTH


def ensure() -> str:
    """The name of that user, made when the machine does not know it."""
    try:
        return pwd.getpwnam(NAME).pw_name
    except KeyError:
        useradd = shutil.which("useradd")
        if useradd is None:
            raise RuntimeError(
                f"PostgreSQL does not run as root. Add a user {NAME}, or start as another user."
            ) from None
        subprocess.run([useradd, "--system", "--shell", "/bin/false", NAME], check=True, capture_output=True)  # noqa: S603
        return NAME


def open_the_way(home: Path, programs: Path) -> None:
    """Let that user reach the data and run the programs: pass through the folders above, and nothing more of them."""
    for folder in (*home.resolve().parents, home, *programs.resolve().parents):
        _allow(folder, TRAVERSE)
    if _may_run(programs):
        return
    for path in (programs, *programs.rglob("*")):
        _allow(path, READ | TRAVERSE if path.is_dir() or path.parent.name == "bin" else READ)


def _may_run(programs: Path) -> bool:
    entry = pwd.getpwnam(NAME)
    try:
        done = subprocess.run(  # noqa: S603 - a program of a pinned package
            [str(programs / "bin" / "postgres"), "--version"],
            capture_output=True, cwd="/", user=entry.pw_uid, group=entry.pw_gid, extra_groups=[],
        )  # fmt: skip
    except PermissionError:
        return False
    return done.returncode == 0


def _allow(path: Path, bits: int) -> None:
    mode = path.lstat().st_mode
    if not stat.S_ISLNK(mode) and mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)
