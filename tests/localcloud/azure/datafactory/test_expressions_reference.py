"""Every example of Microsoft's function reference: its facts, as this project's own table.

https://learn.microsoft.com/azure/data-factory/control-flow-expression-language-functions
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.expressions import evaluate
from localcloud.azure.datafactory.runs.functions import FUNCTIONS
from localcloud.azure.datafactory.runs.functions.dates import of_clock

URI = "data:text/plain;charset=utf-8;base64,aGVsbG8="
PRODUCE = json.dumps({"produce": {"item": [{"name": "Gala", "count": 20}, {"name": "Crisp", "count": 10}]}})
PARIS = '<?xml version="1.0"?> <file xmlns="http://contoso.com"> <location>Paris</location> </file>'
PERSON = (
    '<?xml version="1.0"?> <root> <person id="1"> <name>Sophia Owen</name> '
    "<occupation>Engineer</occupation> </person> </root>"
)
SCOPE: dict[str, Any] = {
    "variables": lambda name: {"companyName": "Contoso-\nCorporation"}[name],
    "items": lambda: PRODUCE,
    "body": lambda: PARIS,
    "person": lambda: PERSON,
    "owner": lambda: {"name": "Sophie Owen"},
}

EXAMPLES: list[tuple[str, Any]] = [
    (
        "uriComponentToString(replace(uriComponent(variables('companyName')), '%0A', ''))",
        "Contoso-Corporation",
    ),
    ("concat('Baba', '''s ', 'book store')", "Baba's book store"),
    ("add(1, 1.5)", 2.5),
    ("addMinutes('2018-03-15T00:10:00Z', 10)", "2018-03-15T00:20:00.0000000Z"),
    ("addMinutes('2018-03-15T00:20:00Z', -5)", "2018-03-15T00:15:00.0000000Z"),
    ("addSeconds('2018-03-15T00:00:00Z', 10)", "2018-03-15T00:00:10.0000000Z"),
    ("addSeconds('2018-03-15T00:00:30Z', -5)", "2018-03-15T00:00:25.0000000Z"),
    ("addToTime('2018-01-01T00:00:00Z', 1, 'Day')", "2018-01-02T00:00:00.0000000Z"),
    ("addToTime('2018-01-01T00:00:00Z', 1, 'Day', 'D')", "Tuesday, January 2, 2018"),
    ("and(true, true)", True),
    ("and(false, true)", False),
    ("and(false, false)", False),
    ("and(equals(1, 1), equals(2, 2))", True),
    ("and(equals(1, 1), equals(1, 2))", False),
    ("and(equals(1, 2), equals(1, 3))", False),
    ("array('hello')", ["hello"]),
    ("base64('hello')", "aGVsbG8="),
    ("base64ToBinary('aGVsbG8=')", "0110000101000111010101100111001101100010010001110011100000111101"),
    ("base64ToString('aGVsbG8=')", "hello"),
    ("binary('hello')", "0110100001100101011011000110110001101111"),
    ("bool(1)", True),
    ("bool(0)", False),
    ("coalesce(null, true, false)", True),
    ("coalesce(null, 'hello', 'world')", "hello"),
    ("coalesce(null, null, null)", None),
    ("concat('Hello', 'World')", "HelloWorld"),
    ("contains('hello world', 'world')", True),
    ("contains('hello world', 'universe')", False),
    (
        "convertFromUtc('2018-01-01T08:00:00.0000000Z', 'Pacific Standard Time', 'D')",
        "Monday, January 1, 2018",
    ),
    (
        "convertTimeZone('2018-01-01T08:00:00.0000000Z', 'UTC', 'Pacific Standard Time')",
        "2018-01-01T00:00:00.0000000",
    ),
    (
        "convertTimeZone('2018-01-01T08:00:00.0000000Z', 'UTC', 'Pacific Standard Time', 'D')",
        "Monday, January 1, 2018",
    ),
    ("convertToUtc('01/01/2018 00:00:00', 'Pacific Standard Time')", "2018-01-01T08:00:00.0000000Z"),
    ("convertToUtc('01/01/2018 00:00:00', 'Pacific Standard Time', 'D')", "Monday, January 1, 2018"),
    ("createArray('h', 'e', 'l', 'l', 'o')", ["h", "e", "l", "l", "o"]),
    ("dataUri('hello')", URI),
    (f"dataUriToBinary('{URI}')", "".join(f"{octet:08b}" for octet in URI.encode())),
    (f"dataUriToString('{URI}')", "hello"),
    ("dayOfMonth('2018-03-15T13:27:36Z')", 15),
    ("dayOfYear('2018-03-15T13:27:36Z')", 74),
    ("decodeBase64('aGVsbG8=')", "hello"),
    (f"decodeDataUri('{URI}')", "".join(f"{octet:08b}" for octet in URI.encode())),
    ("div(10, 5)", 2),
    ("div(11, 5)", 2),
    ("empty('')", True),
    ("empty('abc')", False),
    ("endsWith('hello world', 'world')", True),
    ("endsWith('hello world', 'universe')", False),
    ("equals(true, 1)", True),
    ("equals('abc', 'abcd')", False),
    ("first('hello')", "h"),
    ("first(createArray(0, 1, 2))", 0),
    ("float('10.333')", 10.333),
    ("formatDateTime('03/15/2018 12:00:00', 'yyyy-MM-ddTHH:mm:ss')", "2018-03-15T12:00:00"),
    ("greater(10, 5)", True),
    ("greater('apple', 'banana')", False),
    ("greaterOrEquals(5, 5)", True),
    ("greaterOrEquals('apple', 'banana')", False),
    ("if(equals(1, 1), 'yes', 'no')", "yes"),
    ("indexOf('hello world', 'world')", 6),
    ("int('10')", 10),
    ("json('[1, 2, 3]')", [1, 2, 3]),
    ('json(\'{"fullName": "Sophia Owen"}\')', {"fullName": "Sophia Owen"}),
    ("intersection(createArray(1, 2, 3), createArray(101, 2, 1, 10), createArray(6, 8, 1, 2))", [1, 2]),
    ("join(createArray('a', 'b', 'c'), '.')", "a.b.c"),
    ("last('abcd')", "d"),
    ("last(createArray(0, 1, 2, 3))", 3),
    ("lastIndexOf('hello world', 'world')", 6),
    ("length('abcd')", 4),
    ("length(createArray(0, 1, 2, 3))", 4),
    ("less(5, 10)", True),
    ("less('banana', 'apple')", False),
    ("lessOrEquals(10, 10)", True),
    ("lessOrEquals('apply', 'apple')", False),
    ("max(1, 2, 3)", 3),
    ("max(createArray(1, 2, 3))", 3),
    ("min(1, 2, 3)", 1),
    ("min(createArray(1, 2, 3))", 1),
    ("mod(3, 2)", 1),
    ("mul(1, 2)", 2),
    ("mul(1.5, 2)", 3),
    ("not(false)", True),
    ("not(true)", False),
    ("not(equals(1, 2))", True),
    ("not(equals(1, 1))", False),
    ("or(true, false)", True),
    ("or(false, false)", False),
    ("or(equals(1, 1), equals(1, 2))", True),
    ("or(equals(1, 2), equals(1, 3))", False),
    ("range(1, 4)", [1, 2, 3, 4]),
    ("replace('the old string', 'old', 'new')", "the new string"),
    ("skip(createArray(0, 1, 2, 3), 1)", [1, 2, 3]),
    ("split('a_b_c', '_')", ["a", "b", "c"]),
    ("startOfDay('2018-03-15T13:30:30Z')", "2018-03-15T00:00:00.0000000Z"),
    ("startOfHour('2018-03-15T13:30:30Z')", "2018-03-15T13:00:00.0000000Z"),
    ("startOfMonth('2018-03-15T13:30:30Z')", "2018-03-01T00:00:00.0000000Z"),
    ("startsWith('hello world', 'hello')", True),
    ("startsWith('hello world', 'greetings')", False),
    ("string(10)", "10"),
    ("sub(10.3, .3)", 10),
    ("substring('hello world', 6, 5)", "world"),
    ("take('abcde', 3)", "abc"),
    ("take(createArray(0, 1, 2, 3, 4), 3)", [0, 1, 2]),
    ("toLower('Hello World')", "hello world"),
    ("toUpper('Hello World')", "HELLO WORLD"),
    ("trim(' Hello World  ')", "Hello World"),
    ("union(createArray(1, 2, 3), createArray(1, 2, 10, 101))", [1, 2, 3, 10, 101]),
    ('string(xml(json(\'{ "name": "Sophia Owen" }\')))', "<name>Sophia Owen</name>"),
    (
        'string(xml(json(\'{"person": {"name": "Sophia Owen", "city": "Seattle"}}\')))',
        "<person><name>Sophia Owen</name><city>Seattle</city></person>",
    ),
    ("xpath(xml(items()), 'sum(/produce/item/count)')", 30),
    (
        """string(xpath(xml(body()), '/*[name()="file"]/*[name()="location"]'))""",
        '<location xmlns="http://contoso.com">Paris</location>',
    ),
    (
        """string(xpath(xml(body()), '/*[local-name()="file" and namespace-uri()="http://contoso.com"]"""
        """/*[local-name()="location"]'))""",
        '<location xmlns="http://contoso.com">Paris</location>',
    ),
    ("""xpath(xml(body()), 'string(/*[name()="file"]/*[name()="location"])')""", "Paris"),
]

# Where the page contradicts itself, the calendar, or its own words: what it shows, and what is right.
SLIPS: list[tuple[str, Any, Any, str]] = [
    (
        "addDays('2018-03-15T13:00:00Z', 10)",
        "2018-03-25T00:00:0000000Z",
        "2018-03-25T13:00:00.0000000Z",
        "the hour",
    ),
    (
        "addDays('2018-03-15T00:00:00Z', -5)",
        "2018-03-10T00:00:0000000Z",
        "2018-03-10T00:00:00.0000000Z",
        "'o' has seconds",
    ),
    (
        "addHours('2018-03-15T00:00:00Z', 10)",
        "2018-03-15T10:00:0000000Z",
        "2018-03-15T10:00:00.0000000Z",
        "'o' has seconds",
    ),
    (
        "addHours('2018-03-15T15:00:00Z', -5)",
        "2018-03-15T10:00:0000000Z",
        "2018-03-15T10:00:00.0000000Z",
        "'o' has seconds",
    ),
    (
        "convertFromUtc('2018-01-01T08:00:00.0000000Z', 'Pacific Standard Time')",
        "2018-01-01T00:00:00Z",
        "2018-01-01T00:00:00.0000000",
        "its format is 'o', and it is not in UTC",
    ),
    ("dayOfWeek('2018-03-15T13:27:36Z')", 3, 4, "a Thursday, and Sunday is 0"),
    ("decodeUriComponent('http%3A%2F%2Fcontoso.com')", "https://contoso.com", "http://contoso.com", "the s"),
    (
        "encodeUriComponent('https://contoso.com')",
        "http%3A%2F%2Fcontoso.com",
        "https%3A%2F%2Fcontoso.com",
        "the s",
    ),
    ("uriComponent('https://contoso.com')", "http%3A%2F%2Fcontoso.com", "https%3A%2F%2Fcontoso.com", "the s"),
    (
        "uriComponentToString('http%3A%2F%2Fcontoso.com')",
        "https://contoso.com",
        "http://contoso.com",
        "the s",
    ),
    (
        "subtractFromTime('2018-01-02T00:00:00Z', 1, 'Day')",
        "2018-01-01T00:00:00:0000000Z",
        "2018-01-01T00:00:00.0000000Z",
        "'o' has a point",
    ),
    (
        "subtractFromTime('2018-01-02T00:00:00Z', 1, 'Day', 'D')",
        "Monday, January, 1, 2018",
        "Monday, January 1, 2018",
        "no comma elsewhere",
    ),
    (
        "string(owner())",
        '{ \\"name\\": \\"Sophie Owen\\" }',
        '{"name":"Sophie Owen"}',
        "shown as inside of JSON",
    ),
    (
        "json(xml(person())).root.person",
        [{"@id": "1", "name": "Sophia Owen", "occupation": "Engineer"}],
        {"@id": "1", "name": "Sophia Owen", "occupation": "Engineer"},
        "a lone element is no array",
    ),
    (
        "uriComponentToBinary('http%3A%2F%2Fcontoso.com')",
        "00100010 and so on",
        "".join(f"{octet:08b}" for octet in b"http%3A%2F%2Fcontoso.com"),
        "quotation marks around it",
    ),
]
CLOCKS = [
    ("2018-03-01T00:00:00", "getFutureTime(5, 'Day')", "2018-03-06T00:00:00.0000000Z"),
    ("2018-03-01T00:00:00", "getFutureTime(5, 'Day', 'D')", "Tuesday, March 6, 2018"),
    ("2018-02-01T00:00:00", "getPastTime(5, 'Day')", "2018-01-27T00:00:00.0000000Z"),
    ("2018-02-01T00:00:00", "getPastTime(5, 'Day', 'D')", "Saturday, January 27, 2018"),
    ("2018-04-15T13:00:00", "utcNow()", "2018-04-15T13:00:00.0000000Z"),
    ("2018-04-15T13:00:00", "utcNow('D')", "Sunday, April 15, 2018"),
]
CHANCE = {"rand", "guid", "ticks"}
"""Without an example that can be compared: tested below."""


@pytest.mark.parametrize(("call", "value"), EXAMPLES)
def test_the_examples(call: str, value: Any) -> None:
    assert evaluate(f"@{call}", SCOPE) == value


@pytest.mark.parametrize(("call", "shown", "value", "why"), SLIPS)
def test_the_examples_that_the_page_has_wrong(call: str, shown: Any, value: Any, why: str) -> None:
    found = evaluate(f"@{call}", SCOPE)
    assert found == value, why
    assert found != shown


@pytest.mark.parametrize(("now", "call", "value"), CLOCKS)
def test_the_examples_that_suppose_a_time(now: str, call: str, value: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert evaluate(f"@{call}", of_clock(lambda: moment)) == value


def test_every_function_has_an_example() -> None:
    calls = " ".join([*(row[0] for row in (*EXAMPLES, *SLIPS)), *(row[1] for row in CLOCKS)])
    assert {*FUNCTIONS} - {name.lower() for name in re.findall(r"(\w+)\(", calls)} == CHANCE


@pytest.mark.parametrize(
    ("format", "pattern"),
    [
        ("", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("N", r"[0-9a-f]{32}"),
        ("D", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("B", r"\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}"),
        ("P", r"\([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)"),
        ("X", r"\{0x[0-9a-f]{8}(,0x[0-9a-f]{4}){2},\{0x[0-9a-f]{2}(,0x[0-9a-f]{2}){7}\}\}"),
    ],
)
def test_guids_in_all_formats(format: str, pattern: str) -> None:
    asked = f"'{format}'" if format else ""
    assert re.fullmatch(pattern, evaluate(f"@guid({asked})", {}))


def test_rand_stays_below_its_end() -> None:
    assert {evaluate("@rand(1, 5)", {}) for _ in range(200)} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("ticks('2018-03-15T13:27:36.0000001Z')", 636567172560000001),
        ("formatDateTime('2018-03-15T13:27:36.1234567')", "2018-03-15T13:27:36.1234567"),
        ("addDays('2018-03-15', 1)", "2018-03-16T00:00:00.0000000"),
        ("startOfHour('2018-03-15 13:30')", "2018-03-15T13:00:00.0000000"),
        ("formatDateTime('3/5/2018 1:02:03 PM', 'G')", "3/5/2018 1:02:03 PM"),
        ("formatDateTime('Thu, 15 Mar 2018 12:00:00 GMT', 'g')", "3/15/2018 12:00 PM"),
        ("formatDateTime('2018-03-15T13:27:36Z', 'f')", "Thursday, March 15, 2018 1:27 PM"),
        ("formatDateTime('2018-03-15T13:27:36Z', 'y')", "March 2018"),
        ("convertTimeZone('2018-07-01 12:00', 'Tokyo Standard Time', 'UTC')", "2018-07-01T03:00:00.0000000Z"),
        ("convertFromUtc('2018-07-01T12:00:00Z', 'w. europe standard time', 't')", "2:00 PM"),
        ("contains(json('{\"a\":1}'), 'A')", False),
        ("trim('\u00a0a\u00a0')", "a"),
        ("json(xml('<a b=\"1\">x<c/><c>2</c></a>'))", {"a": {"@b": "1", "c": [None, "2"], "#text": "x"}}),
        ("string(xml('{\"a\":{\"@b\":1,\"c\":[1,null,true]}}'))", '<a b="1"><c>1</c><c/><c>true</c></a>'),
        ("xpath(xml('<a><b>1</b><b>2</b></a>'), '/a/b/text()')", ["1", "2"]),
        ("xpath(xml('<a/>'), '/b')", []),
        ("xpath(xml('<a/>'), 'count(/a) = 1')", True),
        ("dataUriToString('data:,a%20b')", "a b"),
        ("string(json('10.0'))", "10"),
    ],
)  # fmt: skip
def test_what_the_examples_do_not_show(call: str, value: Any) -> None:
    assert evaluate(f"@{call}", SCOPE) == value


@pytest.mark.parametrize(
    "call",
    [
        "formatDateTime('20180315')",
        "formatDateTime('2018-W11')",
        "formatDateTime('2018-02-30')",
        "formatDateTime('13/13/2018')",
        "formatDateTime('3/5/2018 13:00 PM')",
        "addDays('9999-12-31', 1)",
        "addToTime('0001-01-01', -1, 'Month')",
        "convertFromUtc('2018-01-01', 'Europe/Berlin')",
        "convertToUtc('2018-01-01T00:00:00Z', 'Pacific Standard Time')",
        "base64ToBinary('?')",
        "dataUriToString('hello')",
        "dataUriToBinary('hello')",
        "xml('<a>')",
        "xml('{')",
        "xml('[1]')",
        'xml(json(\'{"a":1,"b":2}\'))',
        "xml(json('{\"a b\":1}'))",
        "xpath('<a/>', '/a')",
        "xpath(xml('<a/>'), '/a[')",
        "xml('<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>', 1)",
        "and(true, 'x')",
        "or(1, true)",
    ],
)
def test_what_is_refused(call: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(f"@{call}", SCOPE)


def test_an_entity_reads_no_file() -> None:
    document = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert "root" not in evaluate(f"@string(xml('{document}'))", {}).partition("]>")[2]
