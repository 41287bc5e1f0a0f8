"""Reads deployments files and release descriptors, image by image, into the store's own values.

The models are those of `arkitekt_spec`. One image that does not fit costs that image alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import yaml
from arkitekt_spec.deployment import SPEC_VERSION, AppImage
from arkitekt_spec.inspection import Inspection
from arkitekt_spec.release import ReleaseDescriptor, ReleaseFlavour
from pydantic import BaseModel, ValidationError

from chassis.definitions.parsing import as_document, definition_hash
from chassis.errors import InvalidInput
from kabinet_server.domain.errors import SourceUnreadable
from kabinet_server.domain.image import (
    DEFAULT_FLAVOUR,
    FlavourImage,
    OfferedAction,
    Problem,
    Reading,
    ReleaseImages,
)

M = TypeVar("M", bound=BaseModel)

_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PARSER = getattr(yaml, "CLoader", yaml.Loader)

#: Documents of lists in lists need less; what nests deeper or repeats more is a bomb.
_DEEPEST = 60
_MOST_NODES = 2_000_000
_MOST_ALIASES = 1_000
_LONGEST_REASON = 500


def _unreadable(why: str) -> NoReturn:
    raise SourceUnreadable(f"The deployments file cannot be read: {why}.")


def load_yaml(text: str) -> Any:
    """Read YAML into plain values; raises SourceUnreadable, also for what grows without bounds."""
    try:
        _look_over(text)
        value = yaml.load(text, Loader=_SAFE_LOADER)  # noqa: S506  # the safe one, in C
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        _unreadable(f"it is not YAML{where}")
    except (RecursionError, ValueError):
        _unreadable("it is not YAML of a usable form")
    _measure(value)
    return value


def _look_over(text: str) -> None:
    """Refuse, before anything is built, what nests deeply or repeats its anchors often."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_PARSER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > _DEEPEST:
            _unreadable("it is nested too deeply")
        if aliases > _MOST_ALIASES:
            _unreadable("it repeats its anchors too often")


def _measure(value: Any) -> None:
    """Refuse values that contain themselves or unfold into very many."""
    left = _MOST_NODES
    open_ids: set[int] = set()
    stack: list[tuple[Any, bool]] = [(value, False)]
    while stack:
        item, is_end = stack.pop()
        if is_end:
            open_ids.discard(id(item))
            continue
        left -= 1
        if left < 0:
            _unreadable("it unfolds into too many values")
        if isinstance(item, dict | list):
            if id(item) in open_ids:
                _unreadable("it contains itself")
            open_ids.add(id(item))
            stack.append((item, True))
            inner = item.values() if isinstance(item, dict) else item
            stack.extend((one, False) for one in inner)


def read_deployments(text: str) -> Reading:
    """Read a deployments file; what is wrong with an image is told, the others are read."""
    document = load_yaml(text)
    if document is None:
        return Reading(())
    if not isinstance(document, Mapping):
        _unreadable("it is not a mapping")
    version = document.get("spec_version", SPEC_VERSION)
    if version != SPEC_VERSION:
        _unreadable(f"it follows version {version!r} of the spec, and {SPEC_VERSION} is known")
    images = document.get("app_images")
    if images is None:
        images = []
    if not isinstance(images, list):
        _unreadable("app_images is not a list")
    return _grouped(_images(images))


def _images(images: list[Any]) -> Iterator[ReleaseImages | Problem]:
    for place, item in enumerate(images):
        try:
            yield app_image(item)
        except InvalidInput as misfit:
            yield _problem(item, place, misfit.message[:_LONGEST_REASON])


def _problem(item: Any, place: int, message: str) -> Problem:
    """Name an image by what can be read of it."""
    if not isinstance(item, Mapping):
        return Problem(f"app_images[{place}]", message)
    manifest = item.get("manifest")
    manifest = manifest if isinstance(manifest, Mapping) else {}
    named = [manifest.get("identifier"), manifest.get("version")]
    flavour = item.get("flavourName") or DEFAULT_FLAVOUR
    if not all(isinstance(one, str) for one in (*named, flavour)):
        return Problem(f"app_images[{place}]", message)
    identifier, version = (str(one)[:200] for one in named)
    label = f"{identifier}:{version}:{str(flavour)[:200]}"
    return Problem(label, message, (identifier, version, None), str(flavour))


def _grouped(items: Iterator[ReleaseImages | Problem]) -> Reading:
    """Join the images of one release; a second flavour of one name takes the first one's place."""
    problems: list[Problem] = []
    releases: dict[tuple[str, str], dict[str, FlavourImage]] = {}
    newest: dict[tuple[str, str], ReleaseImages] = {}
    for item in items:
        if isinstance(item, Problem):
            problems.append(item)
            continue
        key = (item.identifier, item.version)
        flavours = releases.setdefault(key, {})
        for flavour in item.flavours:
            if flavour.name in flavours:
                label = f"{item.identifier}:{item.version}:{flavour.name}"
                problems.append(Problem(label, "this flavour is listed twice; the last one counts"))
            flavours[flavour.name] = flavour
        newest[key] = item
    return Reading(
        [
            replace(newest[key], flavours=_warned([*flavours.values()]))
            for key, flavours in releases.items()
        ],
        problems,
    )


def _warned(flavours: list[FlavourImage]) -> list[FlavourImage]:
    """Warn of flavours that were pushed to one tag: it holds only the last of them."""
    images = [one.image for one in flavours]
    found = []
    for one in flavours:
        if images.count(one.image) > 1 and "@sha256:" not in one.image:
            text = f"{one.image} is named by several flavours; the tag holds only one of them"
            found.append(replace(one, warnings=(*one.warnings, text)))
        else:
            found.append(one)
    return found


def app_image(document: object) -> ReleaseImages:
    """Read one image of a deployments file, or of a call; raises InvalidInput at the field."""
    image = _parse(AppImage, _modern(document))
    flavour = FlavourImage(
        name=image.flavour_name or DEFAULT_FLAVOUR,
        image=image.image.image_string,
        built_at=_aware(image.image.build_at),
        digest=_digest_in(image.image.image_string),
        selectors=[as_document(one) for one in image.selectors],
        capabilities=[as_document(one) for one in image.capabilities],
        **_inspected(image.inspection),
    )
    return _release(image.manifest, [flavour])


def read_descriptor(content: bytes) -> ReleaseImages:
    """Read the descriptor of a release as a registry carries it; raises InvalidInput."""
    try:
        descriptor = ReleaseDescriptor.model_validate_json(content)
    except ValidationError as misfit:
        raise _misfit(misfit) from None
    flavours = [_descriptor_flavour(one) for one in descriptor.flavours]
    release = _release(descriptor.manifest, flavours)
    return replace(release, channel=descriptor.channel, revision=descriptor.revision)


def _descriptor_flavour(flavour: ReleaseFlavour) -> FlavourImage:
    return FlavourImage(
        name=flavour.name,
        description=flavour.description,
        image=flavour.image,
        built_at=_aware(flavour.built_at),
        digest=_digest_in(flavour.image),
        platforms=list(flavour.platforms),
        selectors=[as_document(one) for one in flavour.selectors],
        capabilities=[as_document(one) for one in flavour.capabilities],
        **_inspected(flavour.inspection),
    )


def _release(manifest: Any, flavours: list[FlavourImage]) -> ReleaseImages:
    if not manifest.identifier.strip() or not manifest.version.strip():
        raise InvalidInput("An app has an identifier and a version.", field="manifest")
    return ReleaseImages(
        identifier=manifest.identifier,
        version=manifest.version,
        author=manifest.author,
        description=manifest.description,
        logo=manifest.logo,
        scopes=list(manifest.scopes),
        entrypoint=manifest.entrypoint,
        flavours=flavours,
    )


def _inspected(inspection: Inspection) -> dict[str, Any]:
    return {
        "size": inspection.size,
        "requirements": [as_document(one) for one in inspection.requirements],
        "actions": [
            OfferedAction(
                hash=definition_hash(one.definition),
                definition=as_document(one.definition),
                interface=one.interface or one.definition.key,
                logo=one.logo,
            )
            for one in inspection.implementations
        ],
        "bloks": [as_document(one) for one in inspection.bloks],
        "assets": [as_document(one) for one in inspection.assets],
        "states": [as_document(one) for one in inspection.states],
        "locks": [as_document(one) for one in inspection.locks],
    }


def _modern(document: object) -> object:
    """Give an image of 2024 the names of today: its templates are implementations."""
    if not isinstance(document, Mapping):
        return document
    inspection = document.get("inspection")
    if isinstance(inspection, Mapping) and "implementations" not in inspection:
        templates = inspection.get("templates")
        if isinstance(templates, list):
            return {**document, "inspection": {**inspection, "implementations": templates}}
    return document


def _aware(moment: datetime | None) -> datetime | None:
    """Images are stamped without a time zone; they mean UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


def _digest_in(image: str) -> str | None:
    _, found, digest = image.partition("@sha256:")
    return f"sha256:{digest}" if found else None


def _parse(model: type[M], document: object) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as misfit:
        raise _misfit(misfit) from None


def _misfit(misfit: ValidationError) -> InvalidInput:
    first = misfit.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return InvalidInput(f"{path or 'image'}: {first['msg']}", field=path or None)
