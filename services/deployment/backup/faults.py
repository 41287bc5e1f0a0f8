"""What can be wrong with a backup."""

from __future__ import annotations

from deployment.errors import DeploymentError


class BackupDamaged(DeploymentError):
    """A part of a backup is missing or was changed after it was written."""

    code = "BACKUP_DAMAGED"


class BackupMissing(DeploymentError):
    """There is no such backup, or no backups at all in the folder."""

    code = "BACKUP_MISSING"


class RecoveryKeyWrong(DeploymentError):
    """The key is none, or not the one that opens these backups."""

    code = "RECOVERY_KEY_WRONG"


class VaultForeign(DeploymentError):
    """The folder holds the backups of another installation, or something else altogether."""

    code = "VAULT_FOREIGN"
