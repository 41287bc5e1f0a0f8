"""The object store of the broker: media that people upload and assets that agents declare."""

from __future__ import annotations

from chassis.config import current
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.served import ServedStore
from rekuest_server.config import RekuestConfig

#: The kind of objects, and the name of its bucket unless the configuration says another one.
MEDIA = "media"
_BUCKET = "rekuest-media"


def storage_config() -> ObjectStoreConfig:
    """Return the configuration of the store with what it leaves open filled in."""
    config = current(RekuestConfig)
    storage = config.storage
    return storage.model_copy(
        update={
            "buckets": {MEDIA: _BUCKET, **storage.buckets},
            "secret_file": config.state_dir / storage.secret_file,
        }
    )


served = ServedStore(storage_config)
