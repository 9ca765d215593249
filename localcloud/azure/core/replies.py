"""Errors in the form of the plane that was asked."""

from __future__ import annotations

from xml.sax.saxutils import escape

from localcloud.azure.core.call import Reply, Request
from localcloud.azure.core.errors import CloudError


def error_reply(request: Request, error: CloudError) -> Reply:
    """The refusal as Resource Manager (JSON) or the blob service (XML) writes it; without a body for HEAD."""
    if request.plane == "blob":
        return _blob(request, error)
    body = None if request.method == "HEAD" else {"error": {"code": error.code, "message": error.message}}
    return Reply(error.status, body, dict(error.headers))


def _blob(request: Request, error: CloudError) -> Reply:
    headers = {"x-ms-error-code": error.code, "content-type": "application/xml", **error.headers}
    if request.method == "HEAD":
        return Reply(error.status, None, headers)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    )
    return Reply(error.status, text.encode(), headers)
