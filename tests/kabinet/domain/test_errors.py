"""Errors of the store: each has a code of its own and a sentence."""

from __future__ import annotations

import inspect

import pytest

from chassis.errors import PlatformError
from kabinet_server.domain import errors

OWN = [
    one
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if one.__module__ == errors.__name__
]


@pytest.mark.parametrize("kind", OWN)
def test_an_error_says_what_is_wrong_and_has_a_code(kind):
    error = kind()
    assert isinstance(error, PlatformError)
    assert len(error.message) > 20
    assert error.as_dict()["error"] == kind.code != PlatformError.code
    assert 400 <= kind.http_status < 600


def test_codes_are_told_apart():
    assert len({kind.code for kind in OWN}) == len(OWN) > 5
