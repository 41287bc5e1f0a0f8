"""Hooks whose time has come and that are not called yet."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class DueHook(models.Model):
    """Written with the event that makes a hook due; removed when its task is made."""

    task_id = models.BigIntegerField()
    number = models.IntegerField(help_text="The place of the hook in the list of its task.")
    hash = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now(), help_text="Not tried before.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task_id", "number"], name="duehook_task_number")
        ]

    def __str__(self) -> str:
        return f"hook {self.number} of {self.task_id}"
