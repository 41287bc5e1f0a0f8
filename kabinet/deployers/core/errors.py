"""What goes wrong with a deployment, each in one sentence that says what to do."""

from __future__ import annotations


class DeployerError(Exception):
    """The wish could not be fulfilled; the message is for the person who asked."""


class NothingFits(DeployerError):
    """No flavour fits the hardware here."""


class NotApproved(DeployerError):
    """Nobody has approved the release for this deployer, or the approval does not hold."""


class PullFailed(DeployerError):
    """The image could not be had."""


class StartFailed(DeployerError):
    """The container did not come up; the last lines of its log are part of the message."""


class EngineUnavailable(DeployerError):
    """The container engine does not answer."""


class NoSuchContainer(DeployerError):
    """The engine has no such container any more."""


class StoreUnavailable(DeployerError):
    """Kabinet or fakts cannot be reached at the moment."""


class StoreRefused(DeployerError):
    """Kabinet or fakts said no."""


class NotIdle(DeployerError):
    """What was asked for as idleness is none."""


class NoCardFree(DeployerError):
    """All accelerators that would do are in use."""
