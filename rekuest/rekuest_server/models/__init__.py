"""Database tables, one noun a file. Imported here because Django looks for models here."""

from rekuest_server.models.action import Action
from rekuest_server.models.agent import Agent, JournalSession
from rekuest_server.models.blok import (
    Blok,
    BlokAgentMapping,
    BlokRevision,
    MaterializedBlok,
    UiCatalog,
)
from rekuest_server.models.caller import Caller
from rekuest_server.models.dashboard import Dashboard, Placement, Space
from rekuest_server.models.dead_letter import DeadLetter
from rekuest_server.models.drawer import Drawer
from rekuest_server.models.hook import DueHook
from rekuest_server.models.identity import App, Client, Device, Organization, Release, User
from rekuest_server.models.implementation import Dependency, Implementation
from rekuest_server.models.lock import Lock
from rekuest_server.models.media import AgentAsset, Asset, MediaStore
from rekuest_server.models.outbox import Outbox
from rekuest_server.models.probe_note import ProbeNote
from rekuest_server.models.resolution import Resolution
from rekuest_server.models.run_policy import RunPolicy
from rekuest_server.models.shortcut import Shortcut, Toolbox
from rekuest_server.models.state import Patch, Snapshot, State, StateDefinition
from rekuest_server.models.task import Instruct, Task, TaskEvent
from rekuest_server.models.trial import TestCase, TestResult

__all__ = [
    "Action",
    "Agent",
    "AgentAsset",
    "App",
    "Asset",
    "Blok",
    "BlokAgentMapping",
    "BlokRevision",
    "Caller",
    "Client",
    "Dashboard",
    "DeadLetter",
    "Dependency",
    "Device",
    "Drawer",
    "DueHook",
    "Implementation",
    "Instruct",
    "JournalSession",
    "Lock",
    "MaterializedBlok",
    "MediaStore",
    "Organization",
    "Outbox",
    "Patch",
    "Placement",
    "ProbeNote",
    "Release",
    "Resolution",
    "RunPolicy",
    "Shortcut",
    "Snapshot",
    "Space",
    "State",
    "StateDefinition",
    "Task",
    "TaskEvent",
    "TestCase",
    "TestResult",
    "Toolbox",
    "UiCatalog",
    "User",
]
