"""`python examples/flights/lake.py`, as an owner without any role on data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from azure.storage.blob import BlobServiceClient

from tests.support.azure_in_process import LocalServer

ROOT = Path(__file__).parents[4]
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


def test_the_lake_is_made_and_can_be_made_again(server: LocalServer) -> None:
    run_script(server)
    run_script(server)
    with server.credential("owner") as owner:
        endpoint = f"{server.blob_url}/flightslake"
        with BlobServiceClient(endpoint, owner) as lake:
            blobs = [blob.name for blob in lake.get_container_client("flights").list_blobs()]
    months = [f"2013/{month:02}.csv" for month in range(1, 13)]
    assert blobs == [*months, "reference/airlines.csv", "reference/airports.csv", "reference/planes.csv"]


def run_script(server: LocalServer) -> None:
    owner = server.principal("owner")
    secret = {"ARM_CLIENT_ID": owner.client_id, "ARM_CLIENT_SECRET": server.secrets[owner.client_id]}
    environ = {**os.environ, **server.environment, **secret}
    command = [sys.executable, "-W", "error", "examples/flights/lake.py"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("15 files in /subscriptions/")
