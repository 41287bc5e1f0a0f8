"""Sentences of errors in the language of a page, those with values in them, too."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as noop

_WITH_VALUES = (
    noop("This app cannot work without a service that is not offered here: %(names)s."),
    noop("The instance that was picked for %(names)s does not answer it in this hub; pick again."),
    noop("Only optional requirements can be declined, not %(names)s."),
    noop("Too many wrong tries. Wait %(minutes)s minutes and try again."),
    noop("The parameter %(name)s cannot be read."),
)
_VALUE = re.compile(r"%\\\((\w+)\\\)s")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(_VALUE.sub(r"(?P<\1>.+)", re.escape(text)), re.S)


_PATTERNS = [(_pattern(text), text) for text in _WITH_VALUES]


def sentence(text: str) -> str:
    """Return a sentence in the language of the page, or as it is where it is not known."""
    if not text:
        return ""
    for pattern, known in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return gettext(known) % found.groupdict()
    return gettext(text)
