"""How long it takes to list, and to sweep, many expired environments.

    python -m bench.sweep [--cloud azure|aws] [--environments 1 10 100 1000] [--whole]

Each has its group; with --whole what every environment has besides: on Azure an account, a factory and the
grant of its identity, on AWS a bucket and a role. They are seeded through the local cloud's own API, as its
owner.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable

import localcloud
from bench.project import Project, project
from bench.table import table
from localcloud import ACCOUNT, NONPRODUCTION, PRODUCTION, REGION
from localcloud.aws.admin import change_quotas
from localcloud.azure import admin
from localcloud.azure.core.quotas import Quota
from mayfly import naming
from mayfly.clouds.aws import Aws
from mayfly.clouds.azure import Azure, permissions
from mayfly.clouds.azure.grants import ASSIGNMENTS, description
from mayfly.clouds.concurrent import concurrently

LIFE = {"mayfly-created-at": "2026-01-01T00:00:00Z", "mayfly-expires-at": "2026-01-08T00:00:00Z"}
LAKE = (
    f"/subscriptions/{PRODUCTION}/resourceGroups/flights-lake/providers/Microsoft.Storage"
    "/storageAccounts/flightslake/blobServices/default/containers/flights"
)
MIB = 1024


def seed_azure(place: Project, number: int, whole: bool) -> None:
    """Make so many expired groups, as production's owner."""
    os.environ.update(place.environ["owner"])
    for quota in Quota:
        admin.change_quota(place.state, quota, 10_000)
    with Azure.from_environment(os.environ) as cloud:
        concurrently(lambda one: _azure(cloud, f"qa-{one}", whole), range(number))


def _azure(cloud: Azure, environment: str, whole: bool) -> None:
    marker = {"managed-by": "mayfly", "mayfly-env": environment, "mayfly-fabric": "qa"}
    group = f"/subscriptions/{NONPRODUCTION}/resourceGroups/{environment}-flights"
    where = {"location": "westeurope", "tags": marker}
    cloud.put(group, {**where, "tags": {**marker, "mayfly-project": "mayfly", **LIFE}}, wait=False)
    if whole:
        name = environment.replace("-", "") + "sweep"
        account = {**where, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
        cloud.put(f"{group}/providers/Microsoft.Storage/storageAccounts/{name}", account, wait=False)
        factory = {**where, "identity": {"type": "SystemAssigned"}, "properties": {}}
        made = cloud.put(f"{group}/providers/Microsoft.DataFactory/factories/{name}", factory, wait=False)
        roles = f"{LAKE}/providers/Microsoft.Authorization/roleDefinitions"
        grant = {
            "roleDefinitionId": f"{roles}/{permissions.STORAGE_BLOB_DATA_READER}",
            "principalId": made["identity"]["principalId"],
            "principalType": "ServicePrincipal",
            "description": description(naming.azure.identity("mayfly", environment, NONPRODUCTION)),
        }
        cloud.put(f"{LAKE}/{ASSIGNMENTS}/{uuid.uuid4()}", {"properties": grant}, wait=False)


def seed_aws(place: Project, number: int, whole: bool) -> None:
    """Make so many expired groups, as the account's owner."""
    os.environ.update(place.environ["owner"])
    change_quotas(localcloud.status(place.state), roles=10_000, resource_groups=10_000)
    with Aws.from_environment(os.environ, REGION, ACCOUNT) as cloud:
        concurrently(lambda one: _aws(cloud, f"awsqa-{one}", whole), range(number))


def _aws(cloud: Aws, environment: str, whole: bool) -> None:
    marker = naming.aws.identity("mayfly", environment)
    pairs = [{"Key": key, "Value": value} for key, value in marker.items()]
    query = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": []}
    cloud.client("resource-groups").create_group(
        Name=naming.aws.resource_group(environment),
        ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)},
        Tags={**marker, **LIFE},
    )
    if whole:
        bucket = f"{naming.aws.bucket_prefix(environment)}sweep"
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs})  # type: ignore[typeddict-item]
        cloud.client("iam").create_role(
            RoleName=f"{environment}-sweep",
            Path=naming.aws.iam_path(environment),
            PermissionsBoundary=naming.aws.boundary_arn(ACCOUNT),
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
            Tags=pairs,  # type: ignore[arg-type]
        )


SEEDS: dict[str, tuple[str, Callable[[Project, int, bool], None]]] = {
    "azure": ("qa", seed_azure),
    "aws": ("awsqa", seed_aws),
}


def measured(place: Project, *command: str) -> tuple[str, float, int, int]:
    """What a command prints, its seconds, the cloud's answers meanwhile, and its memory at most, in MiB."""
    before, started = place.requests(), time.monotonic()
    process = subprocess.Popen(
        command, cwd=place.root, env=place.environ["janitor"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    taken = time.monotonic() - started
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{printed}")
    return printed, taken, place.requests() - before, used.ru_maxrss // MIB


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cloud", choices=tuple(SEEDS), default="azure")
    parser.add_argument("--environments", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--whole", action="store_true")
    asked = parser.parse_args()
    fabric, seed = SEEDS[asked.cloud]
    rows = []
    for number in asked.environments:
        with project(asked.cloud) as place:
            seed(place, number, asked.whole)
            listed, seconds, calls, memory = measured(place, "mayfly", "list", "--json")
            assert len(json.loads(listed)["environments"]) == number
            rows.append((str(number), "list", f"{seconds:.1f} s", f"{calls:,}", f"{memory} MiB"))
            swept, seconds, calls, memory = measured(
                place, "mayfly", "sweep", "--execute", "--fabric", fabric, "--json"
            )
            gone = [one["outcome"] for one in json.loads(swept)["environments"]]
            assert gone == ["gone"] * number, set(gone)
            rows.append((str(number), "sweep", f"{seconds:.1f} s", f"{calls:,}", f"{memory} MiB"))
    print(table(("environments", "verb", "seconds", "calls", "memory"), rows))


if __name__ == "__main__":
    main()
