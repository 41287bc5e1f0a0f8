"""A task as the process that serves its agent knows it, so that no frame needs a read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rekuest_server.domain.hooks import NO_HOOKS
from rekuest_server.domain.kinds import Execution, Policy
from rekuest_server.domain.task_state import TaskState


def run_name(task_id: int, retries: int) -> str:
    """Return the name of a run: clients take no second ASSIGN of a name that has ended."""
    return f"{task_id}-{retries}" if retries else str(task_id)


@dataclass(slots=True, kw_only=True)
class LiveTask:
    """The fields of a task row that decide about its events, and its revision.

    `revision` is the row's as last seen; a write with an outdated one is refused by the database
    and the row is read again, so this copy may be stale without harm.
    """

    id: int
    organization_id: int
    organization_slug: str
    caller_id: int
    user: str
    reference: str
    action_id: int
    action_hash: str
    implementation_id: int
    agent_id: int
    interface: str
    execution: Execution
    effects: str
    policy: Policy
    state: TaskState
    revision: int
    last_step: int
    created_at: datetime
    root_id: int | None = None
    parent_id: int | None = None
    parent_step: int | None = None
    call_key: str | None = None
    asked_by: int | None = None
    request_id: str | None = None
    request_session: str | None = None
    session_row: int | None = None
    latest_instruct: str = "ASSIGN"
    #: How often it was run again after it failed.
    retries: int = 0
    code_hash: str | None = None
    current_code_hash: str | None = None
    is_retired: bool = False
    #: Whether it is a function: one value, and then the end.
    yields_once: bool = False
    args_hash: str = ""
    dependency: str | None = None
    method: str | None = None
    owes_decision: bool = False
    #: What is called when it starts or is over, as JSON.
    hooks: bytes = NO_HOOKS
    #: What ASSIGN needs and nothing else; dropped after the pick-up.
    args: bytes = b"{}"
    dependencies: bytes = b"{}"
    state_requires: bytes = b"[]"
    message: str | None = None
    step: bool | None = None
    capture: bool | None = None
    resolution_id: int | None = None
    not_before: datetime | None = None
    prompt: bytes = b"null"

    @property
    def name(self) -> str:
        """What its agent calls this run of it."""
        return run_name(self.id, self.retries)

    @property
    def root(self) -> int:
        """The id of the task at the top of the tree."""
        return self.root_id or self.id
