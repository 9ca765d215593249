"""Who may do what on AWS, as policy documents: printed into the documentation, applied by `mayfly local`.

Three lines, each of which holds without the others:

- **the boundary** of every role of every environment: whatever a role's own policies say, it writes nowhere
  but in its own environment's buckets and logs;
- **the deployer's policy**: it makes roles only with that boundary, and touches nothing but its own stages;
- **the source's bucket policy**, which is production's own: roles of environments read, and nothing else.

Source of all: IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities" and "IAM
policy elements: variables and tags"; of actions, resources and keys: Service Authorization Reference.
"""

from mayfly.clouds.aws.permissions.assembled import (
    BUCKET,
    DEPLOYER,
    JANITOR,
    SOURCES,
    STATES,
    assembled,
    parts,
)
from mayfly.clouds.aws.permissions.boundary import boundary
from mayfly.clouds.aws.permissions.bucket_policy import deployer_sources, merged, production
from mayfly.clouds.aws.permissions.deployer import deployer, stage
from mayfly.clouds.aws.permissions.janitor import janitor
from mayfly.clouds.aws.permissions.reaper import reaper
from mayfly.clouds.aws.permissions.states import states
from mayfly.clouds.aws.statements import OBJECT_WRITES, READS, length, split

__all__ = [
    "BUCKET",
    "DEPLOYER",
    "JANITOR",
    "OBJECT_WRITES",
    "READS",
    "SOURCES",
    "STATES",
    "assembled",
    "boundary",
    "deployer",
    "deployer_sources",
    "janitor",
    "length",
    "merged",
    "parts",
    "production",
    "reaper",
    "split",
    "stage",
    "states",
]
