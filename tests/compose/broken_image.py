"""An image of a version of the platform that cannot be upgraded to."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import daemon
from base_image import feed
from platform_handle import ROOT

#: A layer over the image: the same programs, and one migration more that ends half-way.
BROKEN_IMAGE = """\
FROM {image}
USER 0
COPY broken.py /usr/local/share/broken.py
RUN python -c "import shutil, fakts_server.migrations as found; \\
    shutil.copy('/usr/local/share/broken.py', found.__path__[0] + '/9999_broken.py')"
USER 10001:10001
"""
BROKEN_MIGRATION = """\
from django.db import migrations

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fakts", {last!r})]
    operations = [
        migrations.RunSQL("DROP TABLE fakts_membership CASCADE"),
        migrations.RunSQL("SELECT 1 / 0"),
    ]
"""


def broken_image(engine: daemon.Engine, image: str, folder: Path) -> str:
    """Build the image over that of the platform; return its name."""
    numbered = (ROOT / "fakts" / "fakts_server" / "migrations").glob("[0-9]*.py")
    last = max(path.stem for path in numbered)
    files = {
        "Dockerfile": BROKEN_IMAGE.format(image=image),
        "broken.py": BROKEN_MIGRATION.format(last=last),
    }
    context, name = folder / "context.tar", f"{image}-broken"
    with tarfile.open(context, "w") as archive:
        for below, text in files.items():
            entry = tarfile.TarInfo(below)
            entry.size, entry.mode = len(text.encode()), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    feed(engine, context, "build", "--quiet", "--network=none", "--tag", name, "-")
    return name
