"""Operations: how the parts are, what was put aside, limits, remote values, and who did what."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from desk import Desk
from lab import Lab
from playwright.sync_api import Page, expect

from deployment.config import PostgresSettings
from deployment.home import Home
from deployment.postgres import cluster_of


def open_tab(desk: Desk, name: str) -> Page:
    page = desk.open("/o/lab/ops", title="Operations")
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    return page


def test_health_tells_of_every_part_and_version(desk: Desk) -> None:
    page = open_tab(desk, "Health")
    for service in ("fakts", "rekuest", "mikro", "kabinet"):
        expect(page.get_by_role("list", name=f"Parts of {service}")).to_contain_text(
            "database: well"
        )
    versions = page.locator("section").filter(has=page.get_by_role("heading", name="Versions"))
    expect(versions).to_contain_text("rekuest")


SWEEP = "fakts_server.jobs.sweep.sweep_expired"
#: As a process leaves it whose job failed.
FAILED = f"""
\\c fakts
INSERT INTO chassis_job_note
  (name, started_at, ended_at, failed_at, problem, runs, failures, worker)
VALUES ('{SWEEP}', now(), now(), now(), 'OperationalError', 1, 1, '')
ON CONFLICT (name) DO UPDATE SET failed_at = now(), ended_at = now(), problem = EXCLUDED.problem;
"""


def job_failed(lab: Lab) -> None:
    """Write down that a job failed; aside, for the browser's loop runs in this thread."""
    cluster = cluster_of(Home(Path(lab.platform.home)), PostgresSettings())
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(cluster.psql(FAILED))).result()


def test_every_service_tells_of_its_jobs_and_workers(desk: Desk) -> None:
    page = open_tab(desk, "Jobs and workers")
    for service, job in (
        ("fakts", "Delete expired codes"),
        ("mikro", "Remove the data of abandoned uploads"),
        ("kabinet", "Read the repositories"),
    ):
        expect(page.get_by_role("table", name=f"Jobs of {service}")).to_contain_text(job)
    expect(page.get_by_text("This service has no timed jobs.")).to_be_visible()
    for service in ("fakts", "rekuest", "mikro", "kabinet"):
        workers = page.get_by_role("list", name=f"Workers of {service}")
        expect(workers).to_contain_text("alive")
        expect(workers).to_contain_text("the service itself")


@pytest.mark.parametrize("deed", ["Run it again now", "Forget the failure"])
def test_a_job_that_failed_is_made_good(desk: Desk, lab: Lab, deed: str) -> None:
    job_failed(lab)
    page = open_tab(desk, "Jobs and workers")
    row = page.get_by_role("row").filter(has_text="Delete expired codes")
    expect(row).to_contain_text("failed")
    row.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("OperationalError")
    desk.picture("story-failed-job")
    assert desk.accessibility() == []
    dialog.get_by_role("button", name=deed).click()
    expect(row).to_contain_text("well")


def test_nothing_put_aside_is_told_as_that(desk: Desk) -> None:
    page = open_tab(desk, "Dead letters")
    expect(page.get_by_text("Nothing was put aside.")).to_be_visible()
    assert desk.accessibility() == []


def test_limits_of_runs_are_kept(desk: Desk) -> None:
    page = open_tab(desk, "Limits of runs")
    field = page.get_by_label("Days finished runs are kept").first
    save = page.get_by_role("button", name="Save").first
    field.fill("90")
    save.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("older than 90 days are deleted for good")
    dialog.get_by_role("button", name="Delete old runs").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    desk.open("/o/lab/ops?tab=limits", title="Operations")
    expect(field).to_have_value("90")


def test_a_limit_that_cannot_be_is_told_at_its_field(desk: Desk) -> None:
    page = open_tab(desk, "Limits of runs")
    field = page.get_by_label("Seconds a run may take").first
    field.fill("0")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("runLimitSeconds is more than 0")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_remote_value_is_set_changed_rolled_back_and_removed(desk: Desk) -> None:
    page = open_tab(desk, "Remote values")
    page.get_by_role("button", name="New value").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("lamp.power")
    dialog.get_by_label("Value").fill("half")
    expect(dialog.get_by_text("This is not JSON.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Value").fill("40")
    assert desk.accessibility() == []
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="lamp.power")
    expect(row).to_contain_text("40")

    row.click()
    dialog.get_by_label("Value").fill("55")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("55")

    row.click()
    expect(dialog.get_by_role("list", name="History").get_by_role("listitem")).to_have_count(2)
    desk.picture("story-remote-value")
    dialog.get_by_role("button", name="Go back to version 1").click()
    expect(row).to_contain_text("40")

    row.click()
    dialog.get_by_role("button", name="Remove lamp.power").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("40")


def test_the_audit_trail_tells_who_changed_what(desk: Desk) -> None:
    page = open_tab(desk, "Audit trail")
    expect(page.get_by_role("table", name="Audit trail").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_label("Search", exact=True).fill("no such deed")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
