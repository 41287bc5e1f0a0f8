"""Which bytes are pictures."""

from __future__ import annotations

import pytest

from fakts_server.domain.picture import CONTENT_TYPES, is_picture, type_of_name


@pytest.mark.parametrize(
    ("content", "kind", "holds"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png", True),
        (b"\xff\xd8\xff\xe0", "image/jpeg", True),
        (b"GIF89a", "image/gif", True),
        (b"RIFF1234WEBPVP8 ", "image/webp", True),
        (b"RIFF1234WAVEfmt ", "image/webp", False),
        (b"GIF89a", "image/png", False),
        (b"", "image/png", False),
        (b"<svg/>", "image/svg+xml", False),
    ],
)
def test_the_beginning_must_fit_the_type(content, kind, holds):
    assert is_picture(content, kind) is holds


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PNG", "image/png"), ("b.jpeg", "image/jpeg"), ("c.svg", None), ("png", "image/png")],
)
def test_names_promise_types(name, kind):
    assert type_of_name(name) == kind
    assert kind is None or kind in CONTENT_TYPES
