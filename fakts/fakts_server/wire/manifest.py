"""The manifest an app sends; unknown members are ignored, newer clients add some."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator

from fakts_server.domain.requirement import Requirement


def _printable(text: str) -> str:
    # PostgreSQL cannot hold a NUL, and no name needs another control character.
    if any(ord(char) < 32 and char not in "\n\t\r" for char in text):
        raise ValueError("must not contain control characters")
    if any(0xD800 <= ord(char) < 0xE000 for char in text):
        raise ValueError("must be valid Unicode")
    return text


def _no_slash(text: str) -> str:
    if "/" in text:
        raise ValueError("must not contain a slash")
    return text


Text = Annotated[str, AfterValidator(_printable)]
Name = Annotated[Text, Field(min_length=1, max_length=255)]


class WireModel(BaseModel):
    """A body of a stranger: strict about what we read, silent about the rest."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class RequirementBody(WireModel):
    """One required service."""

    key: Name
    service: Name
    optional: bool = False
    description: Annotated[Text, Field(max_length=2000)] | None = None


class PublicSourceBody(WireModel):
    """Where the source of an app can be read."""

    kind: Annotated[Text, Field(max_length=100)]
    url: Annotated[Text, Field(max_length=2000)]


class ManifestBody(WireModel):
    """What an app says it is."""

    identifier: Annotated[Name, AfterValidator(_no_slash)]
    version: Annotated[Text, Field(min_length=1, max_length=100)]
    author: Annotated[Text, Field(max_length=500)] = "unknown"
    description: Annotated[Text, Field(max_length=5000)] | None = None
    logo: Annotated[Text, Field(max_length=2000)] | None = None
    scopes: list[Annotated[Text, Field(max_length=200)]] = Field(
        default_factory=list, max_length=100
    )
    entrypoint: Annotated[Text, Field(max_length=500)] = "app"
    requirements: list[RequirementBody] = Field(default_factory=list, max_length=100)
    device_id: Annotated[Text, Field(max_length=500)] | None = Field(
        default=None, validation_alias=AliasChoices("device_id", "node_id")
    )
    public_sources: list[PublicSourceBody] = Field(default_factory=list, max_length=50)

    @model_validator(mode="before")
    @classmethod
    def _null_means_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        nullable = ("requirements", "public_sources", "scopes", "author", "entrypoint")
        return {k: v for k, v in data.items() if v is not None or k not in nullable}

    @model_validator(mode="after")
    def _keys_once(self) -> ManifestBody:
        keys = [item.key for item in self.requirements]
        if len(keys) != len(set(keys)):
            raise ValueError("two requirements have the same key")
        return self

    def needs(self) -> tuple[Requirement, ...]:
        """Return the requirements as the domain sees them."""
        return tuple(
            Requirement(item.key, item.service, item.optional, item.description)
            for item in self.requirements
        )

    def stored(self) -> dict[str, Any]:
        """Return the manifest for keeping; the raw device id stays out of it."""
        return self.model_dump(mode="json", exclude={"device_id"})
