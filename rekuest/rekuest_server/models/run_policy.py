"""What an organization wants done about runs that are slow, failed, lost or old."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rekuest_server.models.action import Action
from rekuest_server.models.identity import Organization


def retried_outcomes() -> list[str]:
    """Return the outcomes after which work is run again unless a policy names others."""
    return ["CRITICAL"]


class RunPolicy(models.Model):
    """The rules of one action, or (`action` unset) of every action that has none of its own."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="run_policies"
    )
    action = models.ForeignKey(
        Action, null=True, on_delete=models.CASCADE, related_name="run_policies"
    )
    rerun_lost = models.BooleanField(
        default=False, help_text="Run work that may be repeated again when its agent died."
    )
    pickup_limit_seconds = models.FloatField(
        null=True, help_text="Longest wait for an agent before the task is cancelled."
    )
    run_limit_seconds = models.FloatField(
        null=True, help_text="Longest run before the task is interrupted."
    )
    silence_limit_seconds = models.FloatField(
        null=True, help_text="Longest silence of a running task before it is interrupted."
    )
    max_retries = models.IntegerField(
        default=0, help_text="How often work that failed and may be repeated is run again."
    )
    retry_seconds = models.FloatField(
        default=1, help_text="Pause before the first further run; it doubles each time."
    )
    retry_on = models.JSONField(
        default=retried_outcomes, help_text="The outcomes that are followed by another run."
    )
    keep_days = models.FloatField(
        null=True, help_text="Age at which finished runs are purged; unset keeps them for ever."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(action__isnull=True),
                name="run_policy_organization",
            ),
            models.UniqueConstraint(
                fields=["organization", "action"],
                condition=Q(action__isnull=False),
                name="run_policy_action",
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.action_id or 'every action'}"
