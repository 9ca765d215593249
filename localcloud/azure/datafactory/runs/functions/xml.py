"""XML: from JSON, to JSON, and what an XPath finds in it.

A value of XML is an object of its type and its bytes in base64; `string()` of it is the XML.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.functions.arguments import string, wrong
from localcloud.azure.datafactory.runs.values import XML_TYPE, Json, is_xml, text

_PARSER: Any = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)


def to_xml(value: Json) -> Json:
    """XML from an object with one root, from its JSON text, or from the text of an XML document."""
    if is_xml(value):
        return value
    if isinstance(value, str):
        if value.lstrip().startswith("<"):
            return _value(etree.tostring(_root(value).getroottree(), encoding="unicode"))
        try:
            value = json.loads(value)
        except ValueError as error:
            raise _invalid("xml", f"is neither XML nor JSON: {error}") from None
    if not isinstance(value, dict):
        raise wrong("xml", "a string or an object", value)
    roots = [(name, item) for name, item in value.items() if name != "?xml"]
    if len(roots) != 1 or isinstance(roots[0][1], list):
        raise _invalid("xml", "must have one root property, which is no array")
    ((name, item),) = roots
    return _value(etree.tostring(_element(name, item), encoding="unicode"))


def xml_to_json(value: Json) -> Json:
    """JSON from XML: attributes begin with @, and elements that are repeated become arrays."""
    root = _root(text(value))
    declared = text(value).lstrip().startswith("<?xml")
    version = {"?xml": {"@version": root.getroottree().docinfo.xml_version}} if declared else {}
    return {**version, etree.QName(root).localname: _members(root)}


def xpath(value: Json, path: Json) -> Json:
    """What an XPath finds: a value, a node, or an array of several; an empty array for nothing."""
    if not is_xml(value):
        raise wrong("xpath", "XML", value)
    try:
        found = _root(text(value)).getroottree().xpath(string("xpath", path))
    except etree.XPathError as error:
        raise _invalid("xpath", f"has an XPath that cannot be evaluated: {error}") from None
    if isinstance(found, list):
        shown = [_shown(one) for one in found]
        return shown[0] if len(shown) == 1 else shown
    return _shown(found)


def _shown(found: Any) -> Json:
    if isinstance(found, bool):
        return found
    if isinstance(found, float):
        return int(found) if found.is_integer() else found
    if isinstance(found, str):
        return str(found)
    return _value(etree.tostring(found, encoding="unicode", with_tail=False))


def _value(content: str) -> Json:
    return {"$content-type": XML_TYPE, "$content": base64.b64encode(content.encode()).decode()}


def _root(content: str) -> Any:
    try:
        return etree.fromstring(content.strip().encode(), _PARSER)
    except etree.XMLSyntaxError as error:
        raise _invalid("xml", f"is not valid XML: {error}") from None


def _element(name: str, item: Json) -> Any:
    try:
        made = etree.Element(name)
        if not isinstance(item, dict):
            made.text = _text(item)
            return made
        for key, inner in item.items():
            if key.startswith("@"):
                made.set(key[1:], _text(inner) or "")
            elif key == "#text":
                made.text = _text(inner)
            else:
                made.extend(_element(key, one) for one in (inner if isinstance(inner, list) else [inner]))
    except ValueError as error:
        raise _invalid("xml", f"has a name or a value that XML cannot have: {error}") from None
    return made


def _text(item: Json) -> str | None:
    if item is None:
        return None
    return str(item).lower() if isinstance(item, bool) else text(item)


def _members(element: Any) -> Json:
    members: dict[str, Json] = dict(_attributes(element))
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name, inner = etree.QName(child).localname, _members(child)
        if name not in members:
            members[name] = inner
        elif isinstance(members[name], list):
            members[name].append(inner)
        else:
            members[name] = [members[name], inner]
    content = (element.text or "").strip()
    if not members:
        return content or None
    return {**members, "#text": content} if content else members


def _attributes(element: Any) -> Iterator[tuple[str, str]]:
    parent = element.getparent()
    for prefix, uri in element.nsmap.items():
        if parent is None or parent.nsmap.get(prefix) != uri:
            yield (f"@xmlns:{prefix}" if prefix else "@xmlns"), uri
    for name, value in element.attrib.items():
        yield f"@{etree.QName(name).localname}", value


def _invalid(function: str, why: str) -> ExpressionError:
    return ExpressionError(f"The template language function '{function}' parameter is not valid: it {why}.")


FUNCTIONS: dict[str, Callable[..., Json]] = {"xml": to_xml, "xpath": xpath}
