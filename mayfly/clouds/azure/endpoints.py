"""Which Azure it is: where Resource Manager and the login are.

The names of the environment variables are those that the azure-native provider reads, so one shell serves
both: ARM_METADATA_HOSTNAME for a cloud that describes itself, else ARM_ENVIRONMENT, else AZURE_ENVIRONMENT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mayfly.clouds.azure.errors import CloudError, from_exception
from mayfly.errors import BadInput, Problem

METADATA_VERSION = "2022-09-01"


@dataclass(frozen=True)
class Endpoints:
    """resource_manager, login: base URLs. audience: what tokens for Resource Manager are asked for.

    known: whether the login is one of Microsoft's own, which the sign-in library can verify by itself.
    """

    resource_manager: str
    login: str
    audience: str
    known: bool = True

    @property
    def scope(self) -> str:
        """The OAuth scope of a Resource Manager token."""
        return f"{self.audience.rstrip('/')}/.default"


# Source: `az cloud list`, as published by the metadata endpoint of each cloud.
CLOUDS = {
    "public": Endpoints(
        "https://management.azure.com", "https://login.microsoftonline.com", "https://management.azure.com"
    ),
    "usgovernment": Endpoints(
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
    ),
    "china": Endpoints(
        "https://management.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
    ),
}

ALSO = {
    "azurecloud": "public",
    "azureusgovernment": "usgovernment",
    "azureusgovernmentcloud": "usgovernment",
    "usgov": "usgovernment",
    "usgovernmentl4": "usgovernment",
    "azurechinacloud": "china",
}
"""Other names, which azure-native takes as well (provider/pkg/azure/cloud/cloud.go, FromName)."""


def discover(environ: Mapping[str, str]) -> Endpoints:
    """The endpoints that the environment asks for; the public cloud by default.

    Raises BadInput for an unknown ARM_ENVIRONMENT, CloudError when the metadata host does not answer.
    """
    if host := environ.get("ARM_METADATA_HOSTNAME"):
        return _described_by(host)
    name = (environ.get("ARM_ENVIRONMENT") or environ.get("AZURE_ENVIRONMENT") or "public").lower()
    name = ALSO.get(name, name)
    if name not in CLOUDS:
        raise BadInput([Problem("ARM_ENVIRONMENT", f"'{name}' is unknown", f"one of {', '.join(CLOUDS)}")])
    return CLOUDS[name]


def _described_by(host: str) -> Endpoints:
    import requests

    url = f"https://{host}/metadata/endpoints"
    try:
        answer = requests.get(url, params={"api-version": METADATA_VERSION}, timeout=20)
        answer.raise_for_status()
        document = answer.json()
        authentication = document["authentication"]
        return Endpoints(
            str(document["resourceManager"]).rstrip("/"),
            str(authentication["loginEndpoint"]).rstrip("/"),
            str(authentication["audiences"][0]),
            known=False,
        )
    # OSError holds those of requests, and a REQUESTS_CA_BUNDLE that names no file.
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        what = f"{host} does not describe a cloud ({_reason(error)})"
        fix = (
            "start what ARM_METADATA_HOSTNAME names (`mayfly local start`),"
            " or unset it to work on Azure itself"
        )
        raise CloudError(0, "CloudNotFound", f"{what}; {fix}") from error


def _reason(error: Exception) -> str:
    """Why nobody answered, without the library's own layers around it."""
    from requests import ConnectionError
    from requests.exceptions import SSLError

    if isinstance(error, ConnectionError) and not isinstance(error, SSLError):
        return "nothing answers there"
    cause = from_exception(error, "")
    return f"{cause.code}: {cause.message}"
