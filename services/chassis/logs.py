"""Structured logs: one line per event, with the id of the request that caused it."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from chassis.config import LogsConfig

#: Id of the request being served; set by the outermost ASGI wrapper.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module; pass `extra={"event": "<noun>.<past verb>"}` to each line."""
    return logging.getLogger(name)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    extras = {key: value for key, value in record.__dict__.items() if key not in _PLAIN}
    current = request_id.get()
    if current is not None:
        extras["request_id"] = current
    return extras


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; values that JSON does not know are written as text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class ConsoleFormatter(logging.Formatter):
    """One readable line, extras as key=value at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line; a traceback follows where there is one."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        extras = "".join(f" {key}={value}" for key, value in _extras(record).items())
        text = f"{moment} {record.levelname:<7} {record.name}: {record.getMessage()}{extras}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


def logging_config(config: LogsConfig) -> dict[str, Any]:
    """Return the dictionary for `logging.config.dictConfig`."""
    formatter = JsonFormatter if config.format == "json" else ConsoleFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{formatter.__module__}.{formatter.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": config.level},
        "loggers": {
            # httpx writes every URL at INFO; uvicorn's access log doubles ours.
            "httpx": {"level": "WARNING"},
            # Its start, stop and every websocket; ours say the same with a request id.
            "uvicorn": {"handlers": [], "propagate": True, "level": "WARNING"},
            "uvicorn.error": {"handlers": [], "propagate": True, "level": "WARNING"},
            "uvicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
        },
    }
