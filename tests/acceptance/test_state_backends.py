"""A team's states in a bucket or a container, as the deployer with rights on that alone: all verbs work.

On AWS the janitor sweeps, whose own policy denies it the objects of every other bucket.

On Azure it signs in as a managed identity does on App Service: the SDK of the Pulumi CLI asks Entra ID itself
about any other authority than Microsoft's, which nobody answers here.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from localcloud import ACCOUNT
from localcloud.azure import admin
from localcloud.azure.core.tokens import STORAGE_AUDIENCE
from mayfly.clouds.aws import permissions
from mayfly.clouds.aws.permissions.__main__ import documents
from mayfly.clouds.azure.permissions import STORAGE_BLOB_DATA_CONTRIBUTOR
from tests.support.aws_sdk import signed_in
from tests.support.azure_sdk import Sdk
from tests.support.checkout import PRODUCTION, Checkout
from tests.support.local_aws import local_aws
from tests.support.local_cloud import REGION, local_cloud

LOCKS = ".pulumi/locks/organization/mayfly"
LOCK = json.dumps(
    {"pid": 7, "username": "ada", "hostname": "another-machine", "timestamp": "2026-01-01T00:00:00Z"}
)
STATE = "team-state-123456789012"


def stacks(place: Checkout) -> list[str]:
    listed = json.loads(place.run("pulumi", "stack", "ls", "--json").ok().stdout)
    return [stack["name"] for stack in listed]


def lives_and_goes(
    place: Checkout,
    fabric: str,
    backend: Mapping[str, str],
    lock: Callable[[str], object],
    sweeper: str = "deployer",
) -> None:
    """An up, a lock of somebody else's, a sweep of another stack, and a down; nothing is kept on disk alone.

    lock: puts one of another machine's process into the backend, under this name.
    """
    for who in {"deployer", sweeper}:
        place.environments[who] = {**place.environ(who), **backend}
    name, other = f"{fabric}-1", f"{fabric}-2"
    place.run("mayfly", "up", name, "--no-wait").ok()
    place.run("pulumi", "stack", "init", other, "--no-select").ok()
    assert stacks(place) == [name, other]
    assert not (place.root / ".mayfly/pulumi/.pulumi/stacks").exists()
    lock(f"{LOCKS}/{name}/{uuid.uuid4()}.json")
    refused = place.run("mayfly", "up", name, "--no-wait")
    assert refused.code == 1
    assert "ada@another-machine (pid 7)" in refused.stderr, "as Pulumi tells it"
    unlock = place.run("mayfly", "unlock", name)
    assert unlock.code == 5
    assert (
        "held by process 7 of ada on another-machine since 2026-01-01T00:00:00Z: others share"
        in unlock.stderr
    )
    assert "broken" in place.run("mayfly", "unlock", name, "--owner-is-dead").ok().stdout
    place.run("mayfly", "sweep", "--fabric", fabric, "--execute", "--grace", "0m", principal=sweeper).ok()
    assert stacks(place) == [name], "a stack and nothing else is over; what lives stays"
    down = place.run("mayfly", "down", name).ok()
    assert stacks(place) == []
    keeps_receipts(place, down.stdout, name, other)


def keeps_receipts(place: Checkout, told: str, *environments: str) -> None:
    """A job ends and its folder is lost; the team still reads what went. told: by the first one's `down`."""
    backend = place.environ("deployer")["PULUMI_BACKEND_URL"].partition("?")[0]
    assert f"\nand: {backend}/.mayfly/receipts/mayfly/{environments[0]}-2" in told
    shutil.rmtree(place.root / "receipts")
    shown = place.run("mayfly", "receipt", "show", "--json").ok()
    found = {each["environment"]: each["complete"] for each in json.loads(shown.stdout)["receipts"]}
    assert found == dict.fromkeys(environments, True)
    assert f"2 from {backend}/.mayfly/receipts/mayfly/: whoever may write" in shown.stderr


def test_states_in_a_bucket(tmp_path: Path) -> None:
    with local_aws(tmp_path / "checkout") as place, signed_in(place.environ("owner")) as owner:
        s3: Any = owner.s3
        s3.create_bucket(Bucket=STATE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for name, document in documents(place.root, ["awsqa"], {}, STATE).items():
            if name.startswith(permissions.JANITOR):
                arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
                owner.iam.create_policy_version(
                    PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True
                )
            if name == permissions.STATES:
                for user in ("deployer", "janitor"):
                    owner.iam.put_user_policy(
                        UserName=user, PolicyName=name, PolicyDocument=json.dumps(document)
                    )

        def lock(key: str) -> object:
            return s3.put_object(Bucket=STATE, Key=key, Body=LOCK.encode())

        endpoint = place.environ("deployer")["AWS_ENDPOINT_URL"]
        url = f"s3://{STATE}?region=eu-west-1&endpoint={endpoint}&s3ForcePathStyle=true"
        lives_and_goes(place, "awsqa", {"PULUMI_BACKEND_URL": url}, lock, sweeper="janitor")


def test_states_in_a_container(tmp_path: Path) -> None:
    with local_cloud(tmp_path / "checkout") as place:
        owner = Sdk(place.environ("owner"), PRODUCTION)
        port = json.loads((place.root / ".mayfly/azure/ports.json").read_text())["blob"]
        make_state(owner, place)
        blobs = owner.blobs(f"https://127.0.0.1:{port}/teamstate")

        def lock(key: str) -> object:
            return blobs.get_blob_client("state", key).upload_blob(LOCK)

        with managed_identity(place) as identity:
            url = f"azblob://state?domain=127.0.0.1:{port}&protocol=https&localemu=true"
            backend = {"PULUMI_BACKEND_URL": url, "AZURE_STORAGE_ACCOUNT": "teamstate", **identity}
            lives_and_goes(place, "qa", backend, lock)


def principal_id(place: Checkout, name: str) -> str:
    found = json.loads((place.root / ".mayfly/azure/principals.json").read_text())
    return str(found[name]["object_id"])


def make_state(owner: Any, place: Checkout) -> None:
    """A container for states, in production's subscription, on which the deployer has the one role."""
    owner.resources.resource_groups.create_or_update("team-state", {"location": REGION})
    account = {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    made = owner.storage.storage_accounts.begin_create("team-state", "teamstate", account).result()
    owner.storage.blob_containers.create("team-state", "teamstate", "state", {})
    definitions = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions"
    role = {
        "roleDefinitionId": f"{definitions}/{STORAGE_BLOB_DATA_CONTRIBUTOR}",
        "principalId": principal_id(place, "deployer"),
        "principalType": "ServicePrincipal",
    }
    for who, scope in (
        (role, f"{made.id}/blobServices/default/containers/state"),
        ({**role, "principalId": principal_id(place, "owner")}, str(made.id)),
    ):
        owner.authorization.role_assignments.create(scope, str(uuid.uuid4()), {"properties": who})


@contextmanager
def managed_identity(place: Checkout) -> Iterator[dict[str, str]]:
    """The token endpoint of App Service, for the deployer. Source: Microsoft, "Use managed identities for App
    Service and Azure Functions", REST endpoint reference.
    """
    folder, who = place.root / ".mayfly/azure", principal_id(place, "deployer")

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["X-IDENTITY-HEADER"] == "h"
            token = admin.token_for(folder, who, STORAGE_AUDIENCE)
            told = {"access_token": token, "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"}
            body = json.dumps({**told, "resource": STORAGE_AUDIENCE}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield {
                "IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.server_port}/token",
                "IDENTITY_HEADER": "h",
                "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
            }
        finally:
            server.shutdown()
