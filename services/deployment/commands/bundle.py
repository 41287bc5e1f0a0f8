"""`bauhof bundle`: the images of an installation as a file, for a machine without a registry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deployment.commands.answers import show
from deployment.commands.compose import settings_of
from deployment.compose import bundle as bundles
from deployment.console import HomeOption, JsonOption, home_of, one_line_errors

bundle = typer.Typer(
    no_args_is_help=True, help="Images as a file, for machines without a registry."
)

FileArgument = Annotated[Path, typer.Argument(help="The bundle.")]


@bundle.command("export")
def export(file: FileArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Write all images that the installation needs into one new file."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        made = bundles.export(place, settings_of(place), file.expanduser().absolute())
        names = ", ".join(image.name for image in made.images)
        sentence = f"{file} holds {names}\nsha256 of the images: {made.digest}"
        show({"file": str(file), **asdict(made)}, sentence, as_json=json)


@bundle.command("import")
def import_(file: FileArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Check a bundle and give its images to the engine of this machine."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        made = bundles.load(place, file.expanduser().absolute())
        names = ", ".join(image.kept for image in made.images)
        sentence = f"the engine has {names}\nsha256 of the images: {made.digest}"
        for old, new in made.renamed.items():
            sentence += f"\nIn config.yaml write {new} for {old}: a digest is lost on the way."
        show(asdict(made) | {"renamed": made.renamed}, sentence, as_json=json)
