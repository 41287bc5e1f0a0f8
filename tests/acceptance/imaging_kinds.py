"""The kinds of data that the released client stores and reads back equal, on each driver."""

from __future__ import annotations

import os

#: Name of a check of `programs/imaging.py` -> what it stores.
KINDS = {
    "plane": "an array of two axes",
    "pyramid": "five axes in three resolutions, with scales",
    "streamed": "a dask array, block by block",
    "zeros": "an array of zeros, whose chunks the client deletes",
    "files": "files of 1 kB and of 20 MB, or of BAUHOF_BIG_BYTES",
    "tables": "parquet from a dict, a DataFrame, an arrow table and a path",
    "media": "a picture in the media store",
    "annotations": "shapes in a collection, changed, deleted, measured",
    "watching": "the subscription to files",
}
BIG_BYTES = os.environ.get("BAUHOF_BIG_BYTES", "20000000")
#: Seconds the program may take: one for each megabyte beyond what it takes anyway.
PATIENCE = 280 + int(BIG_BYTES) / 1e6
