"""Orders of the admin command."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from chassis.permissions import BUILTIN_ROLES
from fakts_server.wire import admin


@pytest.mark.parametrize("slug", ["a", "my-lab", "lab2", "x" * 63])
def test_slugs(slug):
    assert admin.OrgCreateOrder(slug=slug).slug == slug


@pytest.mark.parametrize("slug", ["", "Lab", "-lab", "lab-", "a b", "a/b", "x" * 64, "lab\n", "ä"])
def test_what_is_no_slug(slug):
    with pytest.raises(ValidationError):
        admin.OrgCreateOrder(slug=slug)


@pytest.mark.parametrize("username", ["", "a b", "a/b", "x" * 151, "a\n", "a\0"])
def test_what_is_no_username(username):
    with pytest.raises(ValidationError):
        admin.KeyCreateOrder(username=username, organization="lab")


def test_a_misspelt_key_is_refused():
    with pytest.raises(ValidationError):
        admin.OrgCreateOrder.model_validate({"slug": "lab", "nmae": "Lab"})


def test_the_roles_are_those_of_the_platform():
    assert get_args(admin.BuiltinRole) == BUILTIN_ROLES
