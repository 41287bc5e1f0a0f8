"""Log lines: one per event, whole, with the id of the request."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest

from chassis.config import LogsConfig
from chassis.logs import ConsoleFormatter, JsonFormatter, get_logger, logging_config, request_id


def record(message: str = "assigned %s", *args: object, **extra: object) -> logging.LogRecord:
    logger = logging.Logger("rekuest.test")
    return logger.makeRecord(
        "rekuest.test", logging.INFO, "file.py", 1, message, args or ("42",), None, extra=extra
    )


@pytest.fixture
def in_a_request() -> Iterator[str]:
    token = request_id.set("abcdef-123456")
    yield "abcdef-123456"
    request_id.reset(token)


def test_json_is_one_object_a_line() -> None:
    line = JsonFormatter().format(record(event="task.assigned", task=42))
    assert "\n" not in line
    body = json.loads(line)
    assert body["message"] == "assigned 42"
    assert (body["level"], body["logger"]) == ("INFO", "rekuest.test")
    assert (body["event"], body["task"]) == ("task.assigned", 42)
    assert datetime.fromisoformat(body["time"]).tzinfo is not None


def test_json_takes_values_it_does_not_know() -> None:
    identifier = UUID(int=7)
    body = json.loads(JsonFormatter().format(record(agent=identifier, what={1: object})))
    assert body["agent"] == str(identifier)


def test_a_line_break_in_a_value_does_not_forge_a_line() -> None:
    line = JsonFormatter().format(record("from %s", "evil\n{}", name_given="x\ny"))
    assert "\n" not in line and json.loads(line)["message"] == "from evil\n{}"


@pytest.mark.parametrize("formatter", [JsonFormatter(), ConsoleFormatter()])
def test_the_request_is_named(formatter: logging.Formatter, in_a_request: str) -> None:
    assert in_a_request in formatter.format(record())


@pytest.mark.parametrize("formatter", [JsonFormatter(), ConsoleFormatter()])
def test_outside_of_a_request_none_is_named(formatter: logging.Formatter) -> None:
    assert "request_id" not in formatter.format(record())


@pytest.mark.parametrize("formatter", [JsonFormatter(), ConsoleFormatter()])
def test_a_traceback_goes_with_the_line(formatter: logging.Formatter) -> None:
    try:
        raise RuntimeError("what went wrong")
    except RuntimeError:
        entry = record()
        entry.exc_info = sys.exc_info()
    text = formatter.format(entry)
    assert "what went wrong" in text and "Traceback" in text


def test_console_lines_are_for_people() -> None:
    line = ConsoleFormatter().format(record(event="task.assigned", task=42))
    assert line.endswith("INFO    rekuest.test: assigned 42 event=task.assigned task=42")


@pytest.mark.parametrize(("form", "kind"), [("json", JsonFormatter), ("console", ConsoleFormatter)])
def test_the_configuration_chooses_form_and_level(form: str, kind: type) -> None:
    config = logging_config(LogsConfig(format=form, level="WARNING"))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logging.config.dictConfig(config)
        assert isinstance(root.handlers[0].formatter, kind)
        assert root.level == logging.WARNING
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def test_libraries_that_log_addresses_are_kept_quiet() -> None:
    loggers = logging_config(LogsConfig())["loggers"]
    assert loggers["httpx"]["level"] == "WARNING"
    assert loggers["uvicorn.access"] == {"handlers": [], "propagate": False, "level": "CRITICAL"}


def test_a_logger_is_that_of_its_module() -> None:
    assert get_logger(__name__).name == __name__


@pytest.mark.parametrize("value", ["TRACE", "info", ""])
def test_an_unknown_level_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="level"):
        LogsConfig(level=value)
