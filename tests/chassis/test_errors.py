"""Errors: a stable code each, a status that fits, one sentence, and nothing else of them."""

from __future__ import annotations

import pytest

from chassis import errors
from chassis.errors import NotFound, PlatformError, RateLimited

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PlatformError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_docstring_is_the_sentence(kind: type[PlatformError]) -> None:
    error = kind()
    assert error.message == " ".join((kind.__doc__ or "").split())
    assert error.message.endswith(".") and "\n" not in error.message
    assert str(error) == error.message
    assert error.as_dict() == {"error": kind.code, "error_description": error.message}


def test_no_two_kinds_share_a_code() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(codes) == len(set(codes)) > 8
    assert all(code == code.upper() and " " not in code for code in codes)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Unauthenticated", 403),  # the clients renew their token on it
        ("PermissionDenied", 403),
        ("NotFound", 404),
        ("InvalidInput", 400),
        ("Conflict", 409),
        ("PayloadTooLarge", 413),
        ("UnsupportedMediaType", 415),
        ("RateLimited", 429),
        ("NotSupported", 501),
        ("Unavailable", 503),
        ("PlatformError", 500),
    ],
)
def test_statuses_are_those_of_the_protocol(name: str, status: int) -> None:
    assert getattr(errors, name).http_status == status


def test_a_better_sentence_and_the_field_win() -> None:
    error = NotFound("There is no such note.", field="note")
    assert error.as_dict() == {
        "error": "NOT_FOUND",
        "error_description": "There is no such note.",
        "field": "note",
    }


def test_who_must_wait_is_told_how_long() -> None:
    assert RateLimited().retry_after == 1
    assert RateLimited("Slowly.", retry_after=30, field="code").retry_after == 30
