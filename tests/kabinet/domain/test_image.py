"""Values of images."""

from __future__ import annotations

from kabinet_server.domain.image import DEFAULT_FLAVOUR, FlavourImage, Reading, ReleaseImages


def test_a_release_is_named_by_identifier_version_and_channel():
    release = ReleaseImages("org.example.cells", "1.0.0", [], channel="main")
    assert release.key == ("org.example.cells", "1.0.0", "main")


def test_the_manifest_has_what_deployers_index():
    release = ReleaseImages("org.example.cells", "1.0.0", [FlavourImage("a", "b")])
    manifest = release.manifest
    assert (manifest["identifier"], manifest["version"]) == ("org.example.cells", "1.0.0")
    assert (manifest["scopes"], manifest["entrypoint"]) == ([], "app")


def test_a_reading_is_of_something_new_unless_it_says_so():
    assert not Reading(()).is_unchanged
    assert DEFAULT_FLAVOUR == "vanilla"
