"""The author's test set-up: the fixtures that arkitekt gives."""

pytest_plugins = ["arkitekt.testing"]
