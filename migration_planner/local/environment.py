"""Local mode: the settings that production takes from its environment, made up from what is embedded here."""

import atexit
import os
import secrets
import signal
import sys
from pathlib import Path

from migration_planner.local.mail.box import Box
from migration_planner.local.mail.catcher import LOOPBACK, Catcher
from migration_planner.local.postgres import Cluster
from migration_planner.local.reservation import Refused, Reservation, reserve, running
from migration_planner.local.server import ServerFailed

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".local"
MAIL = HOME / "mail"
#: Who sets one of these means a real installation; going on with a database made up here would be a silent mistake.
REAL = ("CELERY_BROKER_URL", "EMAIL_URL", "BASE_URL", "ALLOWED_HOSTS")
DEFAULT_PORT = "8000"
#: Signals that end `up` in good order, however early they come.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: What `manage.py up` has reserved in this process before anything was started.
reserved: Reservation | None = None


def enter(arguments: list[str]) -> None:
    """Start or join the embedded services and put their addresses where the settings look for them.

    `arguments` are those of the command line: `up` takes its port before anything is started.
    """
    try:
        _refuse_half_settings()
        _reserve(arguments)
        os.environ.update(_settings())
    except (Refused, ServerFailed) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except PermissionError as error:
        sys.exit(f"{error}. Did another user start this here before? Give that user's files away or remove {HOME}.")


def broker(database: str) -> str:
    """The address of the same database as Celery's broker, through kombu's SQLAlchemy transport."""
    return database.replace("postgresql://", "sqla+postgresql+psycopg://", 1)


def _refuse_half_settings() -> None:
    if given := [name for name in REAL if name in os.environ]:
        raise Refused(
            f"DATABASE_URL is not set, but {', '.join(given)} is. Set DATABASE_URL too (docs/operating.md lists every "
            "setting), or unset them all to work with the database embedded in this checkout."
        )


def _reserve(arguments: list[str]) -> None:
    global reserved
    if arguments[:1] == ["up"] and not {"-h", "--help"} & set(arguments):
        for name in ENDING:
            signal.signal(name, signal.default_int_handler)
        reserved = reserve(HOME, _port())
        atexit.register(reserved.release)


def _port() -> int:
    value = os.environ.get("PORT", DEFAULT_PORT)
    if not value.isdecimal():
        raise Refused(f"PORT is {value!r}; it must be a number, for example PORT=8001 make run")
    return int(value)


def _settings() -> dict[str, str]:
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # they speak of some other database, and libpq would listen to them
    cluster = Cluster(HOME)
    atexit.register(cluster.leave)
    database = cluster.join()
    facts = running(HOME) or {}
    return {
        "LOCAL_MODE": "true",
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": broker(database),
        "EMAIL_URL": f"smtp://{LOOPBACK}:{facts.get('mail_port') or _catch_mail()}",
        "SECRET_KEY": _kept_secret(HOME / "secret-key"),
        "TOKEN_PEPPER": _kept_secret(HOME / "token-pepper"),
        "BASE_URL": f"http://{LOOPBACK}:{facts.get('port') or _port()}",
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
    }


def _catch_mail() -> int:
    catcher = Catcher(Box(MAIL))
    catcher.start()
    if reserved:
        reserved.tell(mail_port=catcher.port)
    return catcher.port


def _kept_secret(path: Path) -> str:
    """A secret made once for this checkout, so that sessions and tokens outlive a restart."""
    if not path.exists():
        aside = path.with_suffix(f".{os.getpid()}")
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_urlsafe(50))
        aside.rename(path)
    return path.read_text()
