"""An inline policy of an IAM role."""

from __future__ import annotations

import threading

from localcloud.engine.aws.cloud import Cloud
from localcloud.engine.aws.documents import text
from localcloud.engine.aws.naming import full_name
from localcloud.engine.aws.row import Change, Name, Row, names
from localcloud.engine.values import Properties

NAME = Name(longest=128)


def create(cloud: Cloud, inputs: Properties, stop: threading.Event) -> str:
    """Put a policy into a role. AWS overwrites one of the same name."""
    made = f"{inputs['role']}:{full_name(inputs, NAME)}"
    _put(cloud, made, inputs)
    return made


def read(cloud: Cloud, resource_id: str) -> Properties:
    """Return the policy's outputs."""
    role, name = _parts(resource_id)
    found = cloud.iam.get_role_policy(RoleName=role, PolicyName=name)
    return {"name": name, "policy": text(found["PolicyDocument"]), "role": role}


def update(cloud: Cloud, resource_id: str, change: Change, stop: threading.Event) -> None:
    """Overwrite it."""
    _put(cloud, resource_id, change.new)


def delete(cloud: Cloud, resource_id: str, state: Properties) -> None:
    """Remove it from the role."""
    role, name = _parts(resource_id)
    cloud.iam.delete_role_policy(RoleName=role, PolicyName=name)


def _put(cloud: Cloud, resource_id: str, inputs: Properties) -> None:
    role, name = _parts(resource_id)
    cloud.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=inputs["policy"])


def _parts(resource_id: str) -> tuple[str, str]:
    role, colon, name = resource_id.partition(":")
    if not colon:
        raise ValueError(f"{resource_id} is not of the form <role name>:<role policy name>")
    return role, name


ROW = Row(
    type="aws:iam/rolePolicy:RolePolicy",
    noun="IAM Role Policy",
    service="IAM",
    absent=frozenset({"NoSuchEntity"}),
    create=create,
    read=read,
    update=update,
    delete=delete,
    name=NAME,
    required=names("policy role"),
    computed=names("name namePrefix"),
    replaces=names("name namePrefix role"),
    kept=names("namePrefix"),
    documents=names("policy"),
)
