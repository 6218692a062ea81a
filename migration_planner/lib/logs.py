"""What is written down of running: one line an event, as JSON in production. Ids and numbers, never names or addresses.

Texts of mail servers and of errors may quote addresses, so whatever looks like one is taken out of every line.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

ADDRESS = re.compile(r"[^\s<>\"'(),;:=\[\]{}]+@[^\s<>\"'(),;:\[\]{}]+")
HIDDEN = "(address)"
#: What Celery calls its workers is no address.
WORKER = "celery@"


def without_addresses(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The same line with every address taken out, however deep it stands."""
    return {name: _clean(value) for name, value in event.items()} if "@" in str(event) else event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return ADDRESS.sub(lambda found: found[0] if found[0].startswith(WORKER) else HIDDEN, value)
    if isinstance(value, dict):
        return {name: _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list | tuple) else value


#: What every line gets, whether it comes through structlog or through a library that knows `logging` alone.
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(allow=[]),
]


def configure(*, json: bool, level: str) -> dict[str, Any]:
    """Set structlog up, and return what Django is to set `logging` up with: one stream, one format, from `level` on."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": structlog.stdlib.ProcessorFormatter, **_format(json=json)}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
        },
    }


def _format(*, json: bool) -> dict[str, Any]:
    """Tracebacks become text before addresses are looked for; values of variables are never shown."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info]
    return {"foreign_pre_chain": SHARED, "processors": [*last, without_addresses, renderer]}
