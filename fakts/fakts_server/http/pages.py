"""The pages people see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a refused form."""
    return HttpResponse("The form has expired; go back and try again.", status=403)
