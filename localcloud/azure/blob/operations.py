"""The operations of the blob service: how a request is recognized, and which permission it needs.

The names are those of the REST reference; the permissions are those of "Authorize with Microsoft Entra ID,
permissions for calling data operations". Operations that are not implemented are in the table too: a caller
without the permission gets 403, as in the real cloud; a caller with it gets 501 and the operation's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.azure.core.call import Request
from localcloud.azure.core.errors import CloudError

SERVICE = "Microsoft.Storage/storageAccounts/blobServices"
CONTAINERS = f"{SERVICE}/containers"
BLOBS = f"{CONTAINERS}/blobs"


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    level: "service", "container" or "blob": how much of account/container/blob the path names.
    headers: required headers; `name=value` requires the value (case-insensitive).
    permission: an action of containers, or a data action of blobs (`data`).
    """

    name: str
    level: str
    method: str
    restype: str
    comp: str
    permission: str
    headers: tuple[str, ...] = ()

    @property
    def data(self) -> bool:
        """Whether the permission is a data action, which everything below `blobs` is."""
        return self.permission.startswith(f"{BLOBS}/")

    def asked_by(self, request: Request) -> bool:
        """Whether the request has this operation's headers."""
        return all(_has(request, header) for header in self.headers)


def _has(request: Request, header: str) -> bool:
    name, equals, value = header.partition("=")
    got = request.headers.get(name)
    return got is not None and (not equals or got.lower() == value)


def _rows(level: str, text: str) -> list[Operation]:
    """Rows: `method restype comp permission headers name`, with `-` for nothing and `&` between headers."""
    roots = {"service": SERVICE, "container": CONTAINERS, "blob": BLOBS}
    rows = []
    for line in text.strip().splitlines():
        method, restype, comp, permission, headers, name = line.split(maxsplit=5)
        root, _, right = permission.rpartition(":")
        rows.append(
            Operation(
                name, level, method, restype.strip("-"), comp.strip("-"), f"{roots[root or level]}/{right}",
                () if headers == "-" else tuple(headers.split("&")),
            )
        )  # fmt: skip
    return rows


SERVICE_OPERATIONS = """
GET   -        list              container:read                     - List Containers
PUT   service  properties        write                              - Set Blob Service Properties
GET   service  properties        read                               - Get Blob Service Properties
GET   service  stats             read                               - Get Blob Service Stats
POST  service  userdelegationkey generateUserDelegationKey/action   - Get User Delegation Key
GET   account  properties        getInfo/action                     - Get Account Information
HEAD  account  properties        getInfo/action                     - Get Account Information
POST  -        batch             blob:write                         - Blob Batch
GET   -        blobs             blob:filter/action                 - Find Blobs by Tags
"""

CONTAINER_OPERATIONS = """
PUT    container -          write                  - Create Container
GET    container -          read                   - Get Container Properties
HEAD   container -          read                   - Get Container Properties
DELETE container -          delete                 - Delete Container
PUT    container metadata   write                  - Set Container Metadata
GET    container metadata   read                   - Get Container Metadata
HEAD   container metadata   read                   - Get Container Metadata
GET    container acl        getAcl/action          - Get Container ACL
HEAD   container acl        getAcl/action          - Get Container ACL
PUT    container acl        setAcl/action          - Set Container ACL
PUT    container undelete   write                  - Restore Container
PUT    container rename     write                  - Rename Container
PUT    container lease      write                  - Lease Container
GET    container list       blob:read              - List Blobs
GET    container blobs      blob:filter/action     - Find Blobs by Tags in Container
POST   container batch      blob:write             - Blob Batch
GET    account   properties service:getInfo/action - Get Account Information
HEAD   account   properties service:getInfo/action - Get Account Information
"""

BLOB_OPERATIONS = """
GET    -       -                    read      -                           Get Blob
HEAD   -       -                    read      -                           Get Blob Properties
DELETE -       -                    delete    -                           Delete Blob
PUT    -       -                    write     x-ms-requires-sync=true     Copy Blob From URL
PUT    -       -                    write     x-ms-blob-type=appendblob   Put Blob (append blob)
PUT    -       -                    write     x-ms-blob-type=pageblob     Put Blob (page blob)
PUT    -       -                    write x-ms-blob-type=blockblob&x-ms-copy-source Put Blob From URL
PUT    -       -                    write     x-ms-copy-source            Copy Blob
PUT    -       -                    write     x-ms-blob-type=blockblob    Put Blob
GET    -       metadata             read      -                           Get Blob Metadata
HEAD   -       metadata             read      -                           Get Blob Metadata
PUT    -       metadata             write     -                           Set Blob Metadata
PUT    -       properties           write     x-ms-blob-content-length    Set Blob Properties (page blob size)
PUT    -       properties           write     x-ms-sequence-number-action Set Blob Properties (sequence)
PUT    -       properties           write     -                           Set Blob Properties
PUT    -       block                write     x-ms-copy-source            Put Block From URL
PUT    -       block                write     -                           Put Block
PUT    -       blocklist            write     -                           Put Block List
GET    -       blocklist            read      -                           Get Block List
HEAD   -       blocklist            read      -                           Get Block List
PUT    -       lease                write     -                           Lease Blob
PUT    -       snapshot             write     -                           Snapshot Blob
PUT    -       undelete             write     -                           Undelete Blob
PUT    -       copy                 write     -                           Abort Copy Blob
PUT    -       tier                 write     -                           Set Blob Tier
PUT    -       expiry               write     -                           Set Blob Expiry
PUT    -       seal                 write     -                           Append Blob Seal
PUT    -       appendblock          write     x-ms-copy-source            Append Block From URL
PUT    -       appendblock          write     -                           Append Block
PUT    -       page                 write     x-ms-copy-source            Put Page From URL
PUT    -       page                 write     -                           Put Page
GET    -       pagelist             read      -                           Get Page Ranges
PUT    -       incrementalcopy      write     -                           Incremental Copy Blob
POST   -       query                read      -                           Query Blob Contents
GET    -       tags                 tags/read -                           Get Blob Tags
PUT    -       tags                 tags/write - Set Blob Tags
PUT    -       immutabilitypolicies immutableStorage/runAsSuperUser/action - Set Blob Immutability Policy
DELETE -       immutabilitypolicies immutableStorage/runAsSuperUser/action - Delete Blob Immutability Policy
PUT    -       legalhold            immutableStorage/runAsSuperUser/action - Set Blob Legal Hold
GET    account properties           service:getInfo/action - Get Account Information
HEAD   account properties           service:getInfo/action - Get Account Information
"""

TABLE: dict[tuple[str, str, str, str], list[Operation]] = {}
for _row in (
    *_rows("service", SERVICE_OPERATIONS),
    *_rows("container", CONTAINER_OPERATIONS),
    *_rows("blob", BLOB_OPERATIONS),
):  # fmt: skip
    TABLE.setdefault((_row.level, _row.method, _row.restype, _row.comp), []).append(_row)


def identify(level: str, request: Request) -> Operation:
    """Return the operation of a request. Raises 400 or 405 for an unknown one."""
    restype = request.query.get("restype", "").lower()
    comp = request.query.get("comp", "").lower()
    rows = TABLE.get((level, request.method, restype, comp), [])
    for row in rows:
        if row.asked_by(request):
            return row
    raise _unknown(level, request, restype, comp, bool(rows))


def _unknown(level: str, request: Request, restype: str, comp: str, header: bool) -> CloudError:
    if header:
        return CloudError(
            400,
            "MissingRequiredHeader" if "x-ms-blob-type" not in request.headers else "InvalidHeaderValue",
            "A mandatory header, x-ms-blob-type, is not specified or has a value that is not known.",
        )
    if any(row[0] == level and row[2:] == (restype, comp) for row in TABLE):
        return CloudError(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
    return CloudError(
        400,
        "InvalidQueryParameterValue",
        "Value for one of the query parameters specified in the request URI is invalid: "
        f"comp={comp}, restype={restype}.",
    )
