"""How long it takes to remove an environment's data, and how that grows with it.

    python -m bench.teardown [--cloud azure|aws] [--rounds 3] [--objects 1000 10000]

On Azure with its group, or file by file; on AWS by the sweep, also while S3 lets no more through than AWS's
does, or as the AWS CLI removes a bucket's objects.
"""

from __future__ import annotations

import argparse

from bench.aws import teardown as aws
from bench.azure import teardown as azure


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cloud", choices=("azure", "aws"), default="azure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--objects", type=int, nargs="+", default=[1_000, 10_000], help="blobs, on Azure")
    asked = parser.parse_args()
    {"azure": azure.main, "aws": aws.main}[asked.cloud](asked.objects, asked.rounds)


if __name__ == "__main__":
    main()
