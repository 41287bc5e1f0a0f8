"""What a person may choose on the page of a code, and what the strategy makes of their word."""

from __future__ import annotations

import re

import pytest
from appside import requirement
from django.test import Client as Browser
from pageside import decide, page_of, text
from people import member, principal

from fakts_server.domain.strategy import KnownApp
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.models.instance import Service, ServiceInstance
from fakts_server.models.organization import Hub
from fakts_server.operations.device_code import wished_code_decide
from fakts_server.operations.instance import Access, instance_create, instance_update
from fakts_server.operations.strategy import StrategyWish, strategy_set

NEEDS = [
    requirement("rekuest", "live.arkitekt.rekuest"),
    requirement("images", "live.arkitekt.mikro", optional=True),
]


@pytest.fixture
def second(lab):
    """A second instance of mikro, the default of its kind."""
    service = Service.objects.get(organization=lab.organization, identifier="live.arkitekt.mikro")
    made = instance_create(
        principal=principal(lab), identifier="mikro-2", service=service.pk, access=Access()
    )
    return instance_update(
        principal=principal(lab), instance_id=made.pk, access=Access(), is_default=True
    )


@pytest.fixture
def gpus(lab):
    """A second hub, which offers rekuest as well and something of its own."""
    hub = Hub.objects.create(organization=lab.organization, identifier="gpus", name="GPU room")
    for name in ("live.arkitekt.rekuest", "org.example.cuda"):
        instance_create(
            principal=principal(lab),
            identifier=name.rpartition(".")[2],
            service=name,
            access=Access(),
            hub=hub.pk,
        )
    return hub


def instance_of(lab, name, hub=None):
    rows = ServiceInstance.objects.filter(hub__organization=lab.organization, identifier=name)
    return rows.get(hub=hub) if hub else rows.first()


def options(answer):
    """The instances to choose from, by the name of the field."""
    html = answer.content.decode()
    return {
        field: [word.strip() for word in re.findall(r"<option[^>]*>([^<]*)</option>", body)]
        for field, body in re.findall(r'<select[^>]*name="([^"]+)">(.*?)</select>', html, re.S)
    }


def hubs(answer):
    html = answer.content.decode()
    links = re.findall(r'hub=(\d+)"( aria-current="true")?>([^<]+)</a>', html)
    return {name: bool(current) for _, current, name in links}


def chosen_hub(answer):
    return re.search(r'name="hub" value="(\d+)"', answer.content.decode())[1]


# --- instances -----------------------------------------------------------------------------------


def test_the_default_instance_is_offered_first(api, browser, second):
    page = browser.get(page_of(api.start(requirements=NEEDS)))
    assert options(page) == {"instance:images": ["mikro-2 (default)", "mikro"]}
    assert "uses rekuest" in text(page)


def test_the_instance_that_was_picked_answers_and_is_offered_again(api, browser, lab, second):
    started = api.start(requirements=NEEDS)
    picked = instance_of(lab, "mikro").pk
    decide(browser, started, keep=["images"], **{"instance:images": picked})
    assert Client.objects.get().mappings.get(key="images").instance_id == picked
    again = browser.get(page_of(api.start(requirements=NEEDS)))
    assert options(again) == {"instance:images": ["mikro", "mikro-2 (default)"]}


def test_what_an_instance_provides_is_told(api, browser, lab, second):
    instance_update(
        principal=principal(lab), instance_id=second.pk, access=Access(), provides=["cuda", "amd"]
    )
    page = browser.get(page_of(api.start(requirements=NEEDS)))
    assert options(page)["instance:images"][0] == "mikro-2 (default) · amd, cuda"


@pytest.mark.parametrize("wrong", ["", "x", "999999", "rival", "rekuest", "denied"])
def test_an_instance_that_cannot_answer_is_refused(api, browser, lab, rival, second, wrong):
    if wrong == "denied":
        shut = Access(denied_users=[lab.user_id])
        instance_update(principal=principal(lab), instance_id=second.pk, access=shut)
    named = {"rival": (rival, "mikro"), "rekuest": (lab, "rekuest"), "denied": (lab, "mikro-2")}
    value = instance_of(*named[wrong]).pk if wrong in named else wrong
    started = api.start(requirements=NEEDS)
    answer = decide(browser, started, keep=["images"], **{"instance:images": value})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert DeviceCode.objects.get().state == "pending"


def test_a_key_nobody_asked_for_cannot_be_picked(api, browser, lab, second):
    started = api.start(requirements=NEEDS)
    answer = decide(browser, started, **{"instance:other": second.pk})
    assert answer.status_code == 400
    assert "picked for other" in text(answer)


# --- hubs ----------------------------------------------------------------------------------------


def test_one_hub_is_no_choice(api, browser):
    page = browser.get(page_of(api.start(requirements=NEEDS)))
    assert hubs(page) == {}


def test_hubs_that_could_answer_are_offered_the_default_first(api, browser, gpus):
    started = api.start(requirements=NEEDS)
    assert hubs(browser.get(page_of(started))) == {"default": True, "GPU room": False}
    there = browser.get(page_of(started), {"hub": gpus.pk})
    assert hubs(there) == {"default": False, "GPU room": True}
    assert chosen_hub(there) == str(gpus.pk)
    assert "not offered here; the app works without it" in text(there)


def test_the_manifest_decides_where_one_hub_only_fits(api, browser, gpus):
    cuda = [*NEEDS, requirement("gpu", "org.example.cuda")]
    page = browser.get(page_of(api.start(requirements=cuda)))
    assert hubs(page) == {}
    assert chosen_hub(page) == str(gpus.pk)


def test_the_hub_that_was_picked_answers_and_is_offered_again(api, browser, gpus):
    started = api.start(requirements=NEEDS)
    decide(browser, started, hub=gpus.pk)
    assert Client.objects.get().hub == gpus
    assert hubs(browser.get(page_of(api.start(requirements=NEEDS))))["GPU room"]
    # What it needs now is not there any more: the manifest decides again.
    more = [requirement("images", "live.arkitekt.mikro")]
    assert chosen_hub(browser.get(page_of(api.start(requirements=more)))) != str(gpus.pk)


def test_a_hub_that_lacks_something_says_so(api, browser, gpus):
    started = api.start(requirements=[requirement("images", "live.arkitekt.mikro")])
    page = browser.get(page_of(started), {"hub": gpus.pk})
    assert re.search(r'value="allow" disabled', page.content.decode())
    answer = decide(browser, started, hub=gpus.pk)
    assert answer.status_code == 400
    assert "live.arkitekt.mikro" in text(answer)


@pytest.mark.parametrize("wrong", ["x", "999999", "rival"])
def test_a_hub_of_others_is_absent(api, browser, rival, wrong):
    hub = Hub.objects.get(organization=rival.organization).pk if wrong == "rival" else wrong
    started = api.start()
    assert browser.get(page_of(started), {"hub": hub}).status_code == 404
    assert decide(browser, started, hub=hub).status_code == 404
    assert DeviceCode.objects.get().state == "pending"


# --- what became of it ---------------------------------------------------------------------------


def test_the_result_names_what_was_kept_back_and_what_is_not_there(api, browser):
    started = api.start(requirements=[*NEEDS, requirement("shop", "live.none", optional=True)])
    answer = decide(browser, started, keep=[])
    page = text(browser.get(answer["Location"]))
    assert "You kept images from it" in page
    assert "shop is not offered here; it works without" in page


# --- the strategy --------------------------------------------------------------------------------


@pytest.fixture
def eve(lab):
    """A member who is no admin, and her browser."""
    eve = member(lab, "eve")
    browser = Browser()
    browser.force_login(eve.user)
    return browser


def strategy(lab, **changes):
    strategy_set(principal=principal(lab), wish=StrategyWish(**changes))


def test_a_member_asks_an_admin_and_waits(api, lab, eve):
    strategy(lab, approval="admin")
    started = api.start(requirements=NEEDS)
    page = text(eve.get(page_of(started)))
    assert "In lab an admin has to let new apps in" in page
    assert "Ask an admin" in page
    answer = decide(eve, started, keep=["images"])
    shown = eve.get(answer["Location"])
    assert "An admin is asked" in text(shown)
    assert shown.status_code == 200
    assert api.poll(started).json()["error"] == "authorization_pending"
    wished = DeviceCode.objects.get()
    wished_code_decide(principal=principal(lab), code_id=wished.pk, allow=True)
    assert Client.objects.get().membership.user.username == "eve"
    assert Client.objects.get().statuses["images"] == "granted"


def test_who_asked_may_ask_no_more(api, lab, eve):
    strategy(lab, approval="admin")
    started = api.start()
    decide(eve, started)
    decide(eve, started, "deny")
    assert DeviceCode.objects.get().state == "denied"


def test_who_asked_decides_alone_once_the_strategy_says_so(api, lab, eve):
    strategy(lab, approval="admin")
    started = api.start()
    decide(eve, started)
    strategy(lab, approval="member")
    assert "Ask an admin" not in text(eve.get(page_of(started)))
    decide(eve, started)
    assert DeviceCode.objects.get().state == "granted"


def test_a_known_app_in_an_unknown_version_is_told_apart(api, lab, eve):
    known = [KnownApp("org.example.blobs", frozenset({"0.1.0"}))]
    strategy(lab, approval="admin", known_apps=known)
    page = text(eve.get(page_of(api.start())))
    assert "lab knows this app, but not its version 0.2.0" in page
    assert "Ask an admin" not in text(eve.get(page_of(api.start(version="0.1.0"))))


def test_an_admin_asks_nobody(api, browser, lab):
    strategy(lab, approval="admin")
    started = api.start()
    assert "Ask an admin" not in text(browser.get(page_of(started)))
    decide(browser, started)
    assert DeviceCode.objects.get().state == "granted"


def test_what_cannot_be_let_in_is_not_asked_for(api, lab, eve):
    strategy(lab, approval="admin")
    started = api.start(requirements=[requirement("x", "live.nobody.x")])
    answer = decide(eve, started)
    assert answer.status_code == 400
    assert "live.nobody.x" in text(answer)
    assert DeviceCode.objects.get().wished_by is None


def test_where_codes_let_nobody_in_the_page_says_so(api, browser, lab):
    strategy(lab, login_kinds=["mandate_key"])
    started = api.start()
    page = browser.get(page_of(started))
    assert "lab lets no app in by a code" in text(page)
    assert re.search(r'value="allow" disabled', page.content.decode())
    forced = decide(browser, started)
    assert forced.status_code == 409
    assert "ask an admin for a key" in text(forced)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"approval": "admin"}, "In lab lässt ein Admin neue Apps zu"),
        ({"login_kinds": ["web"]}, "lab lässt keine App über einen Code zu"),
    ],
)
def test_the_strategy_is_told_in_german_too(api, lab, eve, changes, told):
    strategy(lab, **changes)
    started = api.start()
    assert told in text(eve.get(page_of(started), headers={"accept-language": "de"}))
