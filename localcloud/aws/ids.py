"""The one account and region of the local AWS."""

from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-west-1"
