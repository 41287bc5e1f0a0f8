"""Database tables, one noun a file. Imported here because Django looks for models here."""

from rekuest_server.models.action import Action
from rekuest_server.models.agent import Agent, JournalSession
from rekuest_server.models.caller import Caller
from rekuest_server.models.dead_letter import DeadLetter
from rekuest_server.models.drawer import Drawer
from rekuest_server.models.identity import App, Client, Device, Organization, Release, User
from rekuest_server.models.implementation import Dependency, Implementation
from rekuest_server.models.lock import Lock
from rekuest_server.models.outbox import Outbox
from rekuest_server.models.state import Patch, Snapshot, State, StateDefinition
from rekuest_server.models.task import Instruct, Task, TaskEvent

__all__ = [
    "Action",
    "Agent",
    "App",
    "Caller",
    "Client",
    "DeadLetter",
    "Dependency",
    "Device",
    "Drawer",
    "Implementation",
    "Instruct",
    "JournalSession",
    "Lock",
    "Organization",
    "Outbox",
    "Patch",
    "Release",
    "Snapshot",
    "State",
    "StateDefinition",
    "Task",
    "TaskEvent",
    "User",
]
