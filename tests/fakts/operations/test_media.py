"""Pictures: a signed form, the bytes once, a link that ends."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from people import PNG, member, principal

from chassis.errors import InvalidInput, NotFound, PayloadTooLarge, PermissionDenied
from fakts_server.domain.picture import MOST_BYTES
from fakts_server.operations.media import (
    media_link,
    media_open,
    media_own,
    media_request,
    media_store,
)


@pytest.fixture
def form(lab):
    return media_request(principal=principal(lab), name="me.png", content_type=None)


def store(form, content=PNG, **changes):
    fields = {"key": form.key, "policy": form.policy, "signature": form.signature}
    return media_store(**{**fields, **changes}, content=content)


def opened(link):
    parts = urlsplit(link)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return media_open(uid=uuid.UUID(parts.path.rpartition("/")[2]), **query)


def test_what_was_sent_comes_back(form):
    media = store(form)
    assert opened(media_link(media)) == ("image/png", PNG)


def test_a_form_is_good_once(form):
    store(form)
    with pytest.raises(NotFound):
        store(form)


def test_a_form_ends(form, now):
    now.forward(16 * 60)
    with pytest.raises(NotFound, match="too late"):
        store(form)


@pytest.mark.parametrize("change", [{"key": "1/other"}, {"policy": "e30="}, {"signature": "x"}])
def test_a_changed_form_is_refused(form, change):
    with pytest.raises(NotFound, match="not asked for"):
        store(form, **change)


def test_bytes_that_are_no_such_picture_are_refused(form):
    with pytest.raises(InvalidInput) as refused:
        store(form, b"<svg onload=alert(1)>")
    assert refused.value.field == "file"
    assert store(form).is_stored, "a refused try spoils nothing"


def test_a_picture_has_a_most(form):
    with pytest.raises(PayloadTooLarge):
        store(form, PNG + b"\0" * MOST_BYTES)


@pytest.mark.parametrize(("name", "kind"), [("a.svg", None), ("a", None), ("a.png", "text/html")])
def test_only_pictures_get_a_form(lab, name, kind):
    with pytest.raises(InvalidInput) as refused:
        media_request(principal=principal(lab), name=name, content_type=kind)
    assert refused.value.field == "contentType"


def test_a_link_ends_and_cannot_be_changed(form, now):
    link = media_link(store(form))
    with pytest.raises(NotFound):
        opened(link.replace("until=", "until=9"))
    now.forward(3601)
    with pytest.raises(NotFound):
        opened(link)


def test_a_picture_that_was_never_sent_is_not_there(form):
    with pytest.raises(NotFound):
        opened(media_link(form.media))


def test_a_picture_is_its_uploaders(form, lab, rival):
    media = store(form)
    assert media_own(principal=principal(lab), media_id=media.pk) == media
    for other in (member(lab, "eve"), rival):
        with pytest.raises(NotFound):
            media_own(principal=principal(other), media_id=media.pk)


def test_who_has_no_role_uploads_nothing(lab):
    lab.roles.clear()
    with pytest.raises(PermissionDenied):
        media_request(
            principal=principal(lab, roles=frozenset({"admin"})), name="a.png", content_type=None
        )
