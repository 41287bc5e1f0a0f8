"""The public keys of the tokens that say inside which task a request is made."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from chassis.config import current
from rekuest_server.config import RekuestConfig
from rekuest_server.operations.task_token import signing_key


@require_safe
def key_set_view(request: HttpRequest) -> JsonResponse:
    """Answer with the JSON Web Key Set; anybody may read it."""
    answer = JsonResponse(signing_key(current(RekuestConfig)).key_set())
    answer["Cache-Control"] = "public, max-age=300"
    return answer
