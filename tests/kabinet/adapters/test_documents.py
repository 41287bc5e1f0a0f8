"""Reading deployments files and descriptors: whole, old, broken and hostile."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import yaml
from arkitekt_spec import actions
from hypothesis import given
from hypothesis import strategies as st
from images import definition, descriptor, image, implementation, inspection, without

from chassis.errors import InvalidInput
from kabinet_server.adapters.documents import (
    app_image,
    load_yaml,
    read_deployments,
    read_descriptor,
)
from kabinet_server.domain.errors import SourceUnreadable


def deployments(*images, **more):
    return yaml.safe_dump({"app_images": list(images), **more})


def flavours(reading):
    return [(one.version, [each.name for each in one.flavours]) for one in reading.releases]


def test_a_whole_file_is_read():
    reading = read_deployments(
        deployments(image(), image("org.example.cells", "1.0.0", "cuda"), image("a.b", "2"))
    )
    assert flavours(reading) == [("1.0.0", ["vanilla", "cuda"]), ("2", ["vanilla"])]
    assert reading.problems == []
    flavour = reading.releases[0].flavours[0]
    assert flavour.digest == "sha256:" + "a" * 64
    assert flavour.built_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert flavour.requirements[0]["key"] == "rekuest"


def test_definitions_have_the_hash_of_the_client():
    reading = read_deployments(deployments(image()))
    [offered] = reading.releases[0].flavours[0].actions
    declared = actions.DefinitionInput.model_validate(definition())
    assert offered.hash == actions.definition_hash(declared)
    assert offered.interface == "double"


def test_an_empty_file_has_no_images():
    assert read_deployments("").releases == ()
    assert read_deployments("app_images:").releases == []


BAD = {
    "unknown selector": image(selectors=[{"kind": "service", "key": "x"}]),
    "unknown key in a selector": image(selectors=[{"kind": "ram", "minimum": 3}]),
    "wrong type": image(manifest="cells"),
    "no image": without(image(), "image"),
    "unknown key in the action language": image(
        inspection=inspection(implementations=[implementation(colour="red")])
    ),
    "two capabilities of one name": image(capabilities=[{"name": "a", "kind": "host_network"}] * 2),
    "privileged": image(capabilities=[{"name": "a", "kind": "linux_capability", "cap": "ALL"}]),
    "an empty identifier": image(" "),
}


@pytest.mark.parametrize("bad", [*BAD.values(), "text", None, 3], ids=[*BAD, "text", "null", "3"])
def test_one_bad_image_never_loses_the_others(bad):
    reading = read_deployments(deployments(image("good.one"), bad, image("good.two")))
    assert [one.identifier for one in reading.releases] == ["good.one", "good.two"]
    [problem] = reading.problems
    assert problem.message
    assert len(problem.message) <= 500


def test_a_problem_names_the_image_and_the_field():
    reading = read_deployments(deployments(BAD["unknown selector"], 3))
    assert reading.problems[0].image == "org.example.cells:1.0.0:vanilla"
    assert reading.problems[0].message.startswith("selectors.0")
    assert reading.problems[0].release == ("org.example.cells", "1.0.0", None)
    assert reading.problems[0].flavour == "vanilla"
    assert reading.problems[1].image == "app_images[1]"


def test_unknown_keys_of_envelopes_are_ignored():
    reading = read_deployments(deployments(image(later="yes"), latest_app_image="x", more=1))
    assert len(reading.releases) == 1


def test_two_flavours_of_one_name_are_told_and_the_last_counts():
    newer = image(image={"imageString": "r.example.org/a:2", "buildAt": None})
    reading = read_deployments(deployments(image(), newer))
    assert [one.image for one in reading.releases[0].flavours] == ["r.example.org/a:2"]
    assert "listed twice" in reading.problems[0].message


def test_flavours_pushed_to_one_tag_are_warned_of():
    shared = {"imageString": "r.example.org/a:1", "buildAt": "2026-01-01T00:00:00Z"}
    reading = read_deployments(
        deployments(image(image=shared), image("org.example.cells", "1.0.0", "cuda", image=shared))
    )
    found = reading.releases[0].flavours
    assert all("holds only one of them" in one.warnings[0] for one in found)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.5+02:00", datetime(2026, 1, 2, 1, 4, 5, 500000, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times_of_build_without_a_zone_mean_utc(written, read):
    document = image(image={"imageString": "a/b:1", "buildAt": written})
    assert app_image(document).flavours[0].built_at == read


def test_an_image_without_a_flavour_is_vanilla():
    assert app_image(without(image(), "flavourName")).flavours[0].name == "vanilla"


def test_files_of_2024_are_browsable():
    old = image()
    old["inspection"] = {"templates": [implementation("old")], "requirements": []}
    assert app_image(old).flavours[0].actions[0].definition["key"] == "old"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not YAML"),
        ("- 1", "not a mapping"),
        ("app_images: 3", "not a list"),
        ("spec_version: 2", "version 2"),
        ("a: !!python/object/apply:os.system ['true']", "not YAML"),
        ("[" * 200 + "]" * 200, "nested too deeply"),
        ("a: &a [*a]", "contains itself"),
        ("a: &a {b: *a}", "contains itself"),
        ("a: 2026-99-99", "not YAML"),
    ],
)
def test_what_is_no_deployments_file_is_told(text, words):
    with pytest.raises(SourceUnreadable, match=words):
        read_deployments(text)


def test_a_bomb_of_anchors_is_put_out():
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(SourceUnreadable, match="unfolds into too many"):
        read_deployments("\n".join(lines))
    many = "a: &a 1\nb: [" + "*a," * 2000 + "]"
    with pytest.raises(SourceUnreadable, match="repeats its anchors"):
        read_deployments(many)


def test_anchors_people_use_are_read():
    assert load_yaml("a: &a {b: 1}\nc: *a\nd: *a") == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1}}


def test_a_descriptor_is_read():
    content = descriptor(
        "org.example.cells", "1.0.0", "vanilla", "cuda", channel="main", revision="r"
    )
    release = read_descriptor(content)
    assert release.key == ("org.example.cells", "1.0.0", "main")
    assert release.revision == "r"
    assert [(one.name, list(one.platforms)) for one in release.flavours] == [
        ("vanilla", ["linux/amd64"]),
        ("cuda", ["linux/amd64"]),
    ]
    assert release.flavours[0].digest is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spec_version": 2}, "spec_version"),
        ({"manifest": {}}, "manifest.identifier"),
        ({"flavours": [{"name": "a"}]}, "flavours.0.image"),
    ],
)
def test_a_descriptor_that_does_not_fit_names_its_field(change, field):
    with pytest.raises(InvalidInput) as caught:
        read_descriptor(descriptor(**change))
    assert caught.value.field == field


def test_a_descriptor_names_images_by_digest_and_flavours_once():
    loose = json.loads(descriptor())
    loose["flavours"][0]["image"] = "a/b:latest"
    with pytest.raises(InvalidInput, match="digest"):
        read_descriptor(json.dumps(loose).encode())
    with pytest.raises(InvalidInput, match="repeated"):
        read_descriptor(descriptor("a", "1", "vanilla", "vanilla"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    with pytest.raises(InvalidInput):
        read_descriptor(content)
    try:
        read_deployments(content.decode("latin1"))
    except SourceUnreadable as refused:
        assert refused.message.startswith("The deployments file cannot be read")
