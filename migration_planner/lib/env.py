"""Reading the environment. A missing or nonsensical value stops the start and says which."""

import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

T = TypeVar("T")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The value of a setting. One that is set to nothing counts as not set."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment; docs/operating.md lists every setting."
        )
    return value


def flag(name: str, default: bool = False) -> bool:
    value = text(name, str(default)).lower()
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of: true, false.")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    if value.isdecimal() and int(value) >= least:
        return int(value)
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number of at least {least}.")


def choice(name: str, values: list[str]) -> str:
    """One of these words; the first when nothing is set."""
    value = text(name, values[0]).lower()
    if value in values:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of: {', '.join(values)}.")


def words(name: str, default: str | None = None) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def numbers(name: str) -> dict[str, int]:
    """Names with whole numbers of at least 1, as in "gmail.com=20,*=600"; none when it is not set."""
    found = {}
    for word in words(name, ",") if os.environ.get(name, "").strip() else []:
        key, _equals, value = word.partition("=")
        if not key.strip() or not value.strip().isdecimal() or int(value) < 1:
            raise ImproperlyConfigured(f"{name} holds {word!r}; write a name, =, and a number: gmail.com=20,*=600.")
        found[key.strip().lower()] = int(value)
    return found


def hours(name: str, default: str) -> tuple[int, int]:
    """From which full hour until which, such as 7-20."""
    first, _dash, end = text(name, default).partition("-")
    if first.isdecimal() and end.isdecimal() and 0 <= int(first) < int(end) <= 24:
        return int(first), int(end)
    raise ImproperlyConfigured(f"{name} is {text(name, default)!r}; it must be two hours of the day, such as 7-20.")


def database(name: str) -> dict[str, Any]:
    """Django's settings of a PostgreSQL database from a URL or any other connection string libpq understands."""
    value = text(name)
    try:
        info = dict(conninfo_to_dict(value))
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is not a PostgreSQL address ({error}).") from None
    if not info.get("dbname"):
        raise ImproperlyConfigured(f"{name} names no database; write postgresql://user:password@host:5432/database.")
    keys = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    settings = {key: str(info.pop(part, "") or "") for key, part in keys.items()}
    return {"ENGINE": "django.db.backends.postgresql", **settings, "OPTIONS": info}


def require_host(database: dict[str, Any], hosts: set[str]) -> None:
    """Stop unless the database is reached through one of these sockets, and nothing else can lead libpq astray."""
    astray = [name for name in ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE") if name in os.environ]
    if database["HOST"] not in hosts or database["OPTIONS"] or astray:
        raise ImproperlyConfigured(
            "LOCAL_MODE is set, but DATABASE_URL does not lead to the database embedded in this checkout. "
            "Unset LOCAL_MODE for a real installation; for local mode unset DATABASE_URL and every PG… variable."
        )


def mail_server(name: str) -> dict[str, Any]:
    """Django's e-mail settings from smtp://user:password@host:port, smtps:// (TLS) or smtp+starttls://."""
    value = text(name)
    parts = urlsplit(value)
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be smtp://, smtps:// or smtp+starttls:// with a host.")
    default_port = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[parts.scheme]
    timeout = parse_qs(parts.query).get("timeout", ["10"])[0]
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": _or_stop(name, lambda: parts.port) or default_port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_TIMEOUT": _or_stop(name, lambda: int(timeout)),
    }


def _or_stop(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not valid: {error}.") from None
