"""The ASGI entry point of whatever service the settings name."""

from __future__ import annotations

import django
from django.conf import settings

from chassis.asgi import build_application

django.setup()

application = build_application(settings.BAUHOF_PACKAGE)
