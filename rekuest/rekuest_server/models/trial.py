"""Test cases of actions and what came of them."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.action import Action
from rekuest_server.models.identity import Organization
from rekuest_server.models.implementation import Implementation


class TestCase(models.Model):
    """An action (`tester`) that tries out another one (`action`)."""

    __test__ = False  # pytest takes classes of this name for tests

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="test_cases"
    )
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="test_cases")
    tester = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="tried_cases")
    name = models.CharField(max_length=400)
    description = models.TextField(default="", blank=True)
    is_benchmark = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class TestResult(models.Model):
    """One run of a test case on an implementation of its action."""

    __test__ = False

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="test_results"
    )
    case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="results")
    implementation = models.ForeignKey(
        Implementation, on_delete=models.CASCADE, related_name="test_results"
    )
    tester = models.ForeignKey(
        Implementation, on_delete=models.CASCADE, related_name="reported_results"
    )
    passed = models.BooleanField()
    result = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'failed'} at {self.created_at}"
