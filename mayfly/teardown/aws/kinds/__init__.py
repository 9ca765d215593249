"""Every kind of thing that an environment on AWS may have. A new kind is one new file, and its name here."""

from __future__ import annotations

from collections.abc import Sequence

from mayfly.teardown.aws.kinds.buckets import Buckets
from mayfly.teardown.aws.kinds.functions import Functions
from mayfly.teardown.aws.kinds.kind import Kind
from mayfly.teardown.aws.kinds.log_groups import LogGroups
from mayfly.teardown.aws.kinds.parameters import Parameters
from mayfly.teardown.aws.kinds.policies import Policies
from mayfly.teardown.aws.kinds.resource_groups import ResourceGroups
from mayfly.teardown.aws.kinds.roles import Roles
from mayfly.teardown.aws.kinds.schedules import Schedules

STAGES: Sequence[Sequence[type[Kind]]] = (
    (Schedules,),
    (Functions,),
    (Buckets, LogGroups, Parameters),
    (Roles,),
    (Policies,),
)
"""What starts work, what works, what it writes into, what it works as. Kinds of one stage go at once."""

RECORD = ResourceGroups
"""Goes when all else is gone: while anything remains, the environment is still listed."""

__all__ = ["RECORD", "STAGES", "Kind"]
