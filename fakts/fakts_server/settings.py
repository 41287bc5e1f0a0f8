"""Django settings of the fakts service: the common ones, and what pages need."""

from __future__ import annotations

from chassis.config import load_config
from chassis.settings import build_settings
from fakts_server.config import FaktsConfig

_config = load_config(FaktsConfig)
_path = f"{_config.path_prefix}/"
_is_secure = _config.public_url.startswith("https://")
_settings = build_settings(
    _config,
    package="fakts_server",
    apps=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "oauth2_provider",
    ],
    middleware=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    extra={
        "AUTH_USER_MODEL": "fakts.User",
        "OAUTH2_PROVIDER_APPLICATION_MODEL": "fakts.Client",
        "OAUTH2_PROVIDER": {"PKCE_REQUIRED": True},
        "LANGUAGES": [("en", "English"), ("de", "Deutsch")],
        "APPEND_SLASH": False,
        "LOGIN_URL": f"{_path}login/",
        "SESSION_ENGINE": "fakts_server.adapters.browser_session",
        "SESSION_COOKIE_NAME": "fakts_session",
        "SESSION_COOKIE_PATH": _path,
        "SESSION_COOKIE_AGE": _config.session_seconds,
        "SESSION_COOKIE_SECURE": _is_secure,
        "CSRF_COOKIE_NAME": "fakts_csrf",
        "CSRF_COOKIE_PATH": _path,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SECURE": _is_secure,
        "CSRF_FAILURE_VIEW": "fakts_server.http.pages.csrf_failed",
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}"}
            for name in (
                "MinimumLengthValidator",
                "CommonPasswordValidator",
                "NumericPasswordValidator",
                "UserAttributeSimilarityValidator",
            )
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
    },
)
# Logins repeat a few statements; prepared ones are planned once per connection.
_settings["DATABASES"]["default"]["OPTIONS"] |= {
    "server_side_binding": True,
    "prepare_threshold": 3,
}
# First of all, so that nothing behind it ever sees a host name that is not ours.
_settings["MIDDLEWARE"].insert(0, "fakts_server.http.host.KnownHostMiddleware")
_settings["MIDDLEWARE"].append("fakts_server.http.host.OneThreadMiddleware")
globals().update(_settings)
