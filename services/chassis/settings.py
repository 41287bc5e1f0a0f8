"""The one builder of Django settings: no service writes a settings list by hand."""

from __future__ import annotations

import logging.config
from collections.abc import Sequence
from typing import Any

from chassis.config import ConfigError, DatabaseConfig, ServiceConfig
from chassis.loading import leave_maps_out
from chassis.logs import logging_config
from chassis.secretfile import ensure_secret, read_secret

_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
_ERRORS = "chassis.http.ErrorMiddleware"


def build_settings(
    config: ServiceConfig,
    *,
    package: str,
    apps: Sequence[str] = (),
    middleware: Sequence[str] = (),
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the settings of a service.

    `middleware` comes after the common ones and before the error mapper; `extra` may add settings
    of the service's own apps, and wins.
    """
    leave_maps_out()
    return {
        "BAUHOF_CONFIG": config,
        "BAUHOF_PACKAGE": package,
        "SECRET_KEY": ensure_secret(config.state_dir / "django.key"),
        "DEBUG": False,
        "ALLOWED_HOSTS": list(config.allowed_hosts),
        # The gateway sets these headers itself and drops those a client sends.
        "USE_X_FORWARDED_HOST": False,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "ROOT_URLCONF": "chassis.urls",
        "ASGI_APPLICATION": "chassis.application.application",
        "INSTALLED_APPS": ["chassis", "chassis.background", *apps, package],
        "MIDDLEWARE": [*_MIDDLEWARE, *middleware, _ERRORS],
        "DATABASES": {"default": _database(config.database, config.service)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": config.limits.body_bytes,
        "LOGGING_CONFIG": None,
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "STRAWBERRY_DJANGO": {
            "FIELD_DESCRIPTION_FROM_HELP_TEXT": True,
            "TYPE_DESCRIPTION_FROM_MODEL_DOCSTRING": False,
            "MAP_AUTO_ID_AS_GLOBAL_ID": False,
            "PAGINATION_DEFAULT_LIMIT": config.limits.page_size,
            "PAGINATION_MAX_LIMIT": config.limits.page_size_max,
        },
        **(extra or {}),
    }


def configure_logging(config: ServiceConfig) -> None:
    """Send the logs of this process where the configuration says."""
    logging.config.dictConfig(logging_config(config.logs))


def database_password(config: DatabaseConfig) -> str:
    """Return the password of the database role, empty where none is configured."""
    if config.password_file is None:
        return ""
    try:
        return read_secret(config.password_file)
    except OSError as error:
        raise ConfigError(
            "database.password_file", f"cannot read {config.password_file}: {error.strerror}"
        ) from None


def _database(config: DatabaseConfig, service: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": config.host,
        "PORT": str(config.port),
        "NAME": config.name or service,
        "USER": config.user or service,
        "PASSWORD": database_password(config),
        # Connections belong to threads, and threads come and go with requests; the pool keeps them.
        "CONN_MAX_AGE": 0,
        # Connections of before a restart of the database are noticed when the pool gives them out,
        # not by the request that gets one.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": config.pool_size, "timeout": 10},
            "application_name": service,
        },
    }
