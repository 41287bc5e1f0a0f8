"""Who did what, for whom and from where; rows are only ever added."""

from __future__ import annotations

from django.db import models

from chassis import clock
from fakts_server.models.user import User


class AuditEntry(models.Model):
    """One decision or change.

    Plain keys and no names of people: what it is about may be removed, the entry stays, and a
    person who is deleted leaves a number behind. The database refuses to change or delete rows.
    """

    organization_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=60)
    # Read together with the entries; the database keeps no constraint that a deletion could meet.
    actor = models.ForeignKey(
        User,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    client_id = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=100, blank=True)
    subject_kind = models.CharField(max_length=30, blank=True)
    subject_id = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "fakts_audit_entry"
        indexes = [models.Index(fields=["organization_id", "-id"], name="audit_of_organization")]

    def __str__(self) -> str:
        return self.action
