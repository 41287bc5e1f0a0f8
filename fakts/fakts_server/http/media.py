"""Pictures: taken by a signed form, given by a signed link."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from chassis.errors import InvalidInput, PlatformError
from chassis.http import error_response, json_response
from fakts_server.operations.media import media_open, media_store


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """Take the bytes of a picture; the form of `requestMediaUpload` is the permission."""
    try:
        file = request.FILES.get("file") if request.method == "POST" else None
        if file is None:
            raise InvalidInput("Post the form with the picture as `file`.", field="file")
        media = media_store(
            key=request.POST.get("key", ""),
            policy=request.POST.get("policy", ""),
            signature=request.POST.get("x-amz-signature", ""),
            content=file.read(),
        )
    except PlatformError as error:
        return error_response(error)
    return json_response({"store": str(media.pk)}, 201, cache_control="no-store")


@require_safe
def show(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give a picture; a browser that finds anything else in it must not run it."""
    try:
        kind, content = media_open(
            uid=uid,
            until=request.GET.get("until", ""),
            signature=request.GET.get("signature", ""),
        )
    except PlatformError as error:
        return error_response(error)
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
