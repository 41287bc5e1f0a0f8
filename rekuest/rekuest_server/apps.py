"""Django app registration of the Rekuest broker."""

from django.apps import AppConfig


class RekuestAppConfig(AppConfig):
    """Registers the models under the label `rekuest`."""

    name = "rekuest_server"
    label = "rekuest"
    default_auto_field = "django.db.models.BigAutoField"
