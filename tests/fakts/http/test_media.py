"""Pictures over HTTP: the form of the API, and what a browser gets."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from people import PNG, principal

from fakts_server.operations.media import media_link, media_request


@pytest.fixture
def form(lab):
    return media_request(principal=principal(lab), name="me.png", content_type=None)


def post(api, form, content=PNG, **changes):
    fields = {"key": form.key, "policy": form.policy, "x-amz-signature": form.signature}
    file = SimpleUploadedFile("me.png", content, "image/png")
    return api.browser.post(form.target, {**fields, **changes, "file": file})


def test_a_picture_goes_up_and_comes_down(api, form):
    answer = post(api, form)
    assert (answer.status_code, answer.json()) == (201, {"store": str(form.media.pk)})
    shown = api.browser.get(media_link(form.media))
    assert (shown.status_code, shown.content) == (200, PNG)
    assert shown["Content-Type"] == "image/png"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]


def test_a_forged_form_stores_nothing(api, form):
    assert post(api, form, **{"x-amz-signature": "x"}).status_code == 404
    assert api.browser.get(media_link(form.media)).status_code == 404


def test_a_form_without_a_file_names_it(api, form):
    answer = api.browser.post(form.target, {"key": form.key})
    assert (answer.status_code, answer.json()["field"]) == (400, "file")
    assert api.browser.get(form.target).status_code == 400


@pytest.mark.parametrize("change", [("signature=", "signature=x"), ("until=", "until=9")])
def test_a_changed_link_is_not_found(api, form, change):
    post(api, form)
    assert api.browser.get(media_link(form.media).replace(*change)).status_code == 404
