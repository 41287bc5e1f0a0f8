"""What the broker counts, for `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TASKS_CREATED = Counter("bauhof_rekuest_tasks_created_total", "Tasks made.")
TASKS_FINISHED = Counter(
    "bauhof_rekuest_tasks_finished_total", "Tasks that ended, by how.", ["kind"]
)
EVENTS_WRITTEN = Counter("bauhof_rekuest_events_written_total", "Events of tasks written.")
COMMIT_SECONDS = Histogram(
    "bauhof_rekuest_commit_seconds",
    "Time to write one batch of events.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)
DEAD_LETTERS = Counter("bauhof_rekuest_dead_letters_total", "Frames that were set aside.")
AGENTS_CONNECTED = Gauge("bauhof_rekuest_agents_connected", "Agents connected to this process.")
