"""Answers and request bodies of plain endpoints; what an exception becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.test import RequestFactory

from chassis.errors import (
    Conflict,
    InvalidInput,
    PayloadTooLarge,
    RateLimited,
    UnsupportedMediaType,
)
from chassis.http import (
    ErrorMiddleware,
    error_response,
    json_response,
    read_body,
    read_form,
    read_json,
)
from chassis.logs import request_id

ask = RequestFactory()


def posted(body: bytes, kind: str) -> HttpRequest:
    return ask.generic("POST", "/", body, content_type=kind)


def test_json_answers_know_what_services_store() -> None:
    data = {"id": UUID(int=1), "at": datetime(2026, 1, 1, tzinfo=UTC), "text": "ü"}
    answer = json_response(data, 201, cache_control="no-store", x_more="1")
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    assert (answer["Cache-Control"], answer["X-More"]) == ("no-store", "1")
    assert json.loads(answer.content) == {
        "id": str(UUID(int=1)),
        "at": "2026-01-01T00:00:00+00:00",
        "text": "ü",
    }


def test_an_error_is_never_cached() -> None:
    answer = error_response(Conflict("Already there.", field="slug"))
    assert (answer.status_code, answer["Cache-Control"]) == (409, "no-store")
    assert json.loads(answer.content)["field"] == "slug"
    assert not answer.has_header("Retry-After")


def test_who_must_wait_is_told_by_the_header() -> None:
    assert error_response(RateLimited(retry_after=7))["Retry-After"] == "7"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_a_json_object_is_read(kind: str) -> None:
    assert read_json(posted(b'{"a": [1]}', kind)) == {"a": [1]}


@pytest.mark.parametrize("body", [b" ", b"{", b"[]", b"1", b'"x"', b"null", b"\xff", b"{}{}"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_json(posted(body, "application/json"))


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "multipart/form-data"])
def test_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read_json(posted(b"{}", kind))
    with pytest.raises(UnsupportedMediaType):
        read_form(posted(b"a=1", kind))


def test_the_last_value_of_a_field_counts() -> None:
    request = posted(b"a=1&a=2&b=", "application/x-www-form-urlencoded")
    assert read_form(request) == {"a": "2", "b": ""}


def test_a_form_of_too_many_fields_is_refused(settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    body = b"&".join(b"f%d=1" % number for number in range(4))
    with pytest.raises(InvalidInput, match="too many fields"):
        read_form(posted(body, "application/x-www-form-urlencoded"))


def test_a_large_body_is_refused(settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    with pytest.raises(PayloadTooLarge):
        read_body(posted(b"x" * 11, "text/plain"))
    assert read_body(posted(b"x" * 10, "text/plain")) == b"x" * 10


def test_a_body_that_breaks_off_is_the_callers() -> None:
    class Gone:
        @property
        def body(self) -> bytes:
            raise UnreadablePostError("gone")

    with pytest.raises(InvalidInput, match="could not be read"):
        read_body(Gone())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (Conflict(), 409, "CONFLICT"),
        (RequestDataTooBig(), 413, "PAYLOAD_TOO_LARGE"),
        (DisallowedHost("evil.example"), 400, "INVALID_INPUT"),
        (SuspiciousOperation("evil.example"), 400, "INVALID_INPUT"),
        (TooManyFieldsSent("evil.example"), 400, "INVALID_INPUT"),
        (RuntimeError("evil.example"), 500, "INTERNAL_ERROR"),
        (KeyError("evil.example"), 500, "INTERNAL_ERROR"),
    ],
)
def test_exceptions_become_typed_answers(
    exception: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = request_id.set("request-77")
    try:
        middleware = ErrorMiddleware(lambda _: json_response({}))
        answer = middleware.process_exception(ask.get("/sample/x"), exception)
    finally:
        request_id.reset(token)
    assert answer is not None and answer.status_code == status
    body = json.loads(answer.content)
    assert body["error"] == code
    assert b"evil.example" not in answer.content
    logged = [entry for entry in caplog.records if getattr(entry, "event", "") == "http.failed"]
    assert len(logged) == (status == 500)
    if status == 500:
        assert body["request_id"] == "request-77"
        assert logged[0].exc_info and logged[0].exc_info[1] is exception
