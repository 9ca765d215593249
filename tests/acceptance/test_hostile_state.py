"""A state is what whoever ran a pull request's code wrote. No verb acts on it, or fetches what it names."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.azure_sdk import Sdk
from tests.support.checkout import PRODUCTION, Checkout
from tests.support.local_cloud import REGION

ENVIRONMENT = "qa-hostile"
LEFTOVERS = 4
FETCHING: Any = {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "false"}
"""As it is where nobody has said anything."""
PROVIDER = "6d617966-6c79-4000-8000-00000000e011"
PRECIOUS = f"/subscriptions/{PRODUCTION}/resourceGroups/precious"


class Plugins(HTTPServer):
    """Where the state says that a provider is to be had from: it counts who comes for it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.asked: list[str] = []


class _Asked(BaseHTTPRequestHandler):
    server: Plugins

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def plugins() -> Iterator[Plugins]:
    """The server, for as long as a test lasts."""
    server = Plugins()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def claim(state: dict[str, Any], type: str, name: str, **fields: Any) -> None:
    """Write a resource into a checkpoint, below its stack."""
    resources = state["checkpoint"]["latest"]["resources"]
    (stack,) = [one["urn"] for one in resources if one["type"] == "pulumi:pulumi:Stack"]
    start = stack.rpartition("pulumi:pulumi:Stack::")[0]
    resources.append(
        {"urn": f"{start}{type}::{name}", "custom": True, "type": type, "parent": stack, **fields}
    )


def test_no_verb_acts_on_a_state_or_fetches_what_it_names(
    checkout: Checkout, production: Sdk, plugins: Plugins
) -> None:
    """Production's group, and a provider from the attacker's server, beside the environment's own things."""
    groups = production.resources.resource_groups
    groups.create_or_update("precious", {"location": REGION})
    checkout.run("mayfly", "up", ENVIRONMENT).ok()
    path = checkout.backend / f"stacks/mayfly/{ENVIRONMENT}.json"
    honest = json.loads(path.read_text())
    own = honest["checkpoint"]["latest"]["resources"]
    (azure,) = [one for one in own if one["type"] == "pulumi:providers:azure-native"][:1]
    theirs = {"provider": f"{azure['urn']}::{azure['id']}", "inputs": {}, "outputs": {}}
    claim(honest, "azure-native:resources:ResourceGroup", "precious", id=PRECIOUS, **theirs)
    state = json.loads(json.dumps(honest))
    url = f"http://127.0.0.1:{plugins.server_address[1]}"
    inputs = {"version": "1.0.0", "__internal": {"pluginDownloadURL": url}}
    claim(state, "pulumi:providers:evil", "evil", id=PROVIDER, inputs=inputs, outputs=inputs)
    evil = state["checkpoint"]["latest"]["resources"][-1]["urn"] + f"::{PROVIDER}"
    claim(state, "evil:index:Thing", "thing", id="thing", provider=evil, inputs={}, outputs={})
    path.write_text(json.dumps(state))

    up = checkout.run("mayfly", "up", ENVIRONMENT, **FETCHING)
    assert up.code == 1
    assert "evil" in up.stderr, up.stderr
    down = checkout.run("mayfly", "down", ENVIRONMENT, "--json", principal="owner", **FETCHING)
    assert plugins.asked == []
    assert down.code == LEFTOVERS, down
    receipt = down.json()["receipt"]
    assert (receipt["stack_removed"], receipt["complete"]) == (False, False)
    told = [remaining["thing"]["id"] for remaining in receipt["remains"]]
    assert told == [PRECIOUS, "thing", ENVIRONMENT]
    assert "--forget" in receipt["remains"][-1]["why"]
    assert groups.check_existence("precious")

    assert_control(checkout, plugins, path, honest)
    assert not groups.check_existence("precious")
    forgotten = checkout.run("mayfly", "down", ENVIRONMENT, "--forget", "--json").ok().json()["receipt"]
    assert forgotten["stack_removed"]
    assert not path.exists()


def assert_control(checkout: Checkout, plugins: Plugins, path: Path, honest: dict[str, Any]) -> None:
    """The engine does what the state says: it asks for the plugin, and it removes production's group."""
    destroy = ("pulumi", "destroy", "--stack", ENVIRONMENT, "--yes", "--skip-preview")
    assert checkout.run(*destroy, principal="owner", **FETCHING).code != 0
    assert plugins.asked != []
    path.write_text(json.dumps(honest))
    checkout.run(*destroy, principal="owner").ok()
