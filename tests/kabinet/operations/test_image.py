"""Images brought in directly."""

from __future__ import annotations

import pytest
from images import image, without

from chassis.errors import InvalidInput, PermissionDenied
from kabinet_server.models import Definition, Flavour, Release
from kabinet_server.operations.image import app_image_create


def test_an_image_makes_app_release_flavour_and_definitions(ada):
    release = app_image_create(principal=ada, document=image())
    assert release.app.identifier == "org.example.cells"
    [flavour] = release.flavours.all()
    assert flavour.descriptors["@kabinet/flavour"] == "vanilla"
    [definition] = flavour.definitions.all()
    assert (definition.name, definition.scope) == ("Double", "GLOBAL")
    assert release.is_digest_pinned


def test_the_same_image_again_changes_nothing(ada):
    first = app_image_create(principal=ada, document=image())
    again = app_image_create(principal=ada, document=image())
    assert (first.pk, first.approval_digest) == (again.pk, again.approval_digest)
    assert (Flavour.objects.count(), Definition.objects.count()) == (1, 1)


def test_flavours_of_a_release_gather(ada):
    app_image_create(principal=ada, document=image())
    release = app_image_create(principal=ada, document=image("org.example.cells", "1.0.0", "cuda"))
    assert sorted(release.flavours.values_list("name", flat=True)) == ["cuda", "vanilla"]


def test_organizations_have_their_own(ada, bob):
    app_image_create(principal=ada, document=image())
    app_image_create(principal=bob, document=image())
    assert Release.objects.filter(organization="1").count() == 1
    assert Release.objects.filter(organization="2").count() == 1


def test_an_image_that_does_not_fit_names_the_field(ada):
    with pytest.raises(InvalidInput) as caught:
        app_image_create(principal=ada, document=without(image(), "manifest", "identifier"))
    assert caught.value.field == "manifest.identifier"
    with pytest.raises(InvalidInput, match="longer than 200"):
        app_image_create(principal=ada, document=image("a", "1" * 201))
    assert not Release.objects.exists()


def test_a_viewer_brings_nothing_in(viewer):
    with pytest.raises(PermissionDenied):
        app_image_create(principal=viewer, document=image())
