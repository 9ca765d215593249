"""The expression language."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.azure.datafactory.runs.errors import ExpressionError
from localcloud.azure.datafactory.runs.expressions import evaluate

SCOPE = {
    "pipeline": lambda: {
        "DataFactory": "f",
        "parameters": {"myNumber": 42, "myString": "foo", "list": [1, {"a": "b"}], "nothing": None},
        "globalParameters": {"year": 2013, "GP-Int": 9007199254740993},
    },
    "item": lambda: 3,
}


# The first rows are the examples of the documentation.
@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("parameters", "parameters"),
        ("parameters[1]", "parameters[1]"),
        ("@@", "@"),
        (" @", " @"),
        ("@pipeline().parameters.myString", "foo"),
        ("@{pipeline().parameters.myString}", "foo"),
        ("@pipeline().parameters.myNumber", 42),
        ("@{pipeline().parameters.myNumber}", "42"),
        ("Answer is: @{pipeline().parameters.myNumber}", "Answer is: 42"),
        ("@concat('Answer is: ', string(pipeline().parameters.myNumber))", "Answer is: 42"),
        ("Answer is: @@{pipeline().parameters.myNumber}", "Answer is: @{pipeline().parameters.myNumber}"),
        ("@@notAnExpression()", "@notAnExpression()"),
        ("a@b.c", "a@b.c"),
        ("@{'}'}@{'it''s'}", "}it's"),
        ("@pipeline().Parameters.LIST[1].a", "b"),
        ("@pipeline()['parameters']['myNumber']", 42),
        ("@pipeline().globalParameters['GP-Int']", 2**53 + 1),
        ("@pipeline().globalParameters.GP-Int", 2**53 + 1),
        ("@\u00a0concat(\u00a0'a',\u00a0'b\u00a0')", "ab\u00a0"),
        ("@and(false, nosuch())", False),
        ("@or(true, nosuch())", True),
        ("@.5", 0.5),
        ("@{pipeline().globalParameters['GP-Int']}", "9007199254740993"),
        ("@int('9007199254740993')", 2**53 + 1),
        ("@pipeline()?.nosuch?.further", None),
        ("@pipeline().parameters.list?[9]", None),
        ("@  CONCAT ( 'a' , \n 'b' )", "ab"),
        ("@if(true, 'a', nosuch())", "a"),
        ("@json('{\"a\": [1, 2.5, null, true]}').a", [1, 2.5, None, True]),
        ("@-7", -7),
        ("@1.5", 1.5),
        ("@null", None),
        ("@{null}", ""),
        ("@{true}", "True"),
        ("@{pipeline().parameters.list}", '[1,{"a":"b"}]'),
    ],
)
def test_expressions_and_literals(source: str, value: Any) -> None:
    assert evaluate(source, SCOPE) == value


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("substring('somevalue-foo-bar', 10, 3)", "foo"),
        ("replace('the old string', 'old', 'new')", "the new string"),
        ("split('a;b;c', ';')", ["a", "b", "c"]),
        ("indexOf('Hello, world.', 'WORLD')", 7),
        ("lastIndexOf('foofoo', 'foo')", 3),
        ("startsWith('hello, world', 'Hello')", True),
        ("endsWith('hello, world', 'WORLD')", True),
        ("toUpper('aB')", "AB"),
        ("toLower('aB')", "ab"),
        ("trim('  a ')", "a"),
        ("length(guid())", 36),
        ("length(guid('N'))", 32),
        ("contains('abacaba', 'aca')", True),
        ("contains(createArray(1, 2), 3)", False),
        ("contains(json('{\"a\":1}'), 'a')", True),
        ("empty('')", True),
        ("empty(createArray(''))", False),
        ("length(range(1, 12))", 12),
        ("first('abc')", "a"),
        ("last(createArray(0, 1, 2, 3))", 3),
        ("join(createArray(1, 'b'), '.')", "1.b"),
        ("skip(createArray(0, 1, 2), 2)", [2]),
        ("take(createArray(0, 1, 2), 2)", [0, 1]),
        ("union(createArray(1, 2), createArray(2, 3))", [1, 2, 3]),
        ("intersection(createArray(1, 2, 3), createArray(2, 3, 4))", [2, 3]),
        ("equals('a', 'A')", False),
        ("equals(1, 1.0)", True),
        ("equals(1, true)", True),
        ("greater(10, 5)", True),
        ("greaterOrEquals('b', 'a')", True),
        ("less(10, 5)", False),
        ("lessOrEquals(5, 5.0)", True),
        ("and(true, not(false))", True),
        ("or(false, false)", False),
        ("int('100')", 100),
        ("int(3.9)", 3),
        ("float('10.5')", 10.5),
        ("bool('False')", False),
        ("bool(0)", False),
        ("string(10)", "10"),
        ("string(json('{\"a\":1}'))", '{"a":1}'),
        ("coalesce(null, 'x', 'y')", "x"),
        ("array('a')", ["a"]),
        ("base64ToString(base64('some string'))", "some string"),
        ("uriComponent('a b/c')", "a%20b%2Fc"),
        ("decodeUriComponent('a%20b')", "a b"),
        ("add(1, 1.5)", 2.5),
        ("sub(10, 20)", -10),
        ("mul(3, 4)", 12),
        ("div(10, 4)", 2),
        ("div(10, 4.0)", 2.5),
        ("mod(-7, 2)", -1),
        ("max(0, 5, 3)", 5),
        ("min(createArray(4, 2))", 2),
        ("formatDateTime('2013-02-03T04:05:06Z', 'yyyy/MM/dd HH:mm:ss')", "2013/02/03 04:05:06"),
        ("formatDateTime('2013-02-03T04:05:06.1234567Z')", "2013-02-03T04:05:06.1234567Z"),
        (
            "formatDateTime('2013-02-03T14:05:06+02:00', 'h:mm tt, dddd d MMMM yy')",
            "12:05 PM, Sunday 3 February 13",
        ),
        ("formatDateTime('2013-02-03', '''week'' M')", "week 2"),
        ("addDays('2013-12-31T00:00:00Z', 1, 'yyyy-MM-dd')", "2014-01-01"),
        ("addHours('2013-01-01T00:00:00Z', -1, 'o')", "2012-12-31T23:00:00.0000000Z"),
        ("addToTime('2013-01-31T00:00:00Z', 1, 'Month', 'yyyy-MM-dd')", "2013-02-28"),
        ("subtractFromTime('2012-02-29T00:00:00Z', 1, 'Year', 'd')", "2/28/2011"),
        ("startOfMonth('2013-02-03T04:05:06Z', 's')", "2013-02-01T00:00:00"),
        ("startOfDay('2013-02-03T04:05:06Z', 'u')", "2013-02-03 00:00:00Z"),
        ("dayOfWeek('2013-02-03')", 0),
        ("dayOfYear('2013-02-03')", 34),
        ("ticks('2013-01-01T00:00:00Z')", 634925952000000000),
    ],
)
def test_functions(call: str, value: Any) -> None:
    result = evaluate(f"@{call}", SCOPE)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "source",
    [
        "@nosuch()",
        "@concat()",
        "@concat('a'",
        "@",
        '@concat("a")',
        "@substring('abc', 2, 5)",
        "@add('1', 2)",
        "@div(1, 0)",
        "@int('x')",
        "@json('{')",
        "@range(0, -1)",
        "@and(true)",
        "@and(true, 1)",
        "@not('true')",
        "@if(1, 2, 3)",
        "@greater(1, 'a')",
        "@pipeline().nosuch",
        "@pipeline().parameters.list[9]",
        "@item().x",
        "@first(1)",
        "@formatDateTime('yesterday')",
        "@formatDateTime('2013-01-01', 'QQ yyyyy')",
        "@bool('maybe')",
        "@addToTime('2013-01-01', 1, 'Fortnight')",
        "@equals(1)",
        "@pipeline(1)",
        "@{nosuch()}",
        "a @{item(",
        "@length(null)",
        "@1 + 1",
        "@'a' 'b'",
    ],
)
def test_what_is_wrong_is_an_error(source: str) -> None:
    with pytest.raises(ExpressionError) as error:
        evaluate(source, SCOPE)
    assert error.value.code == "InvalidTemplate"
    assert error.value.message


def test_utc_now_is_now() -> None:
    said = datetime.fromisoformat(evaluate("@utcNow()", SCOPE))
    assert abs((datetime.now(UTC) - said).total_seconds()) < 5
    assert evaluate("@utcNow('yyyy')", SCOPE) == f"{datetime.now(UTC):%Y}"


def test_expressions_deep_inside_a_value() -> None:
    value = {
        "a": [{"value": "@item()", "type": "Expression"}, "@{item()}", 5],
        "type": "Expressions",
        "value": "x",
    }
    assert evaluate(value, SCOPE) == {"a": [3, "3", 5], "type": "Expressions", "value": "x"}


@given(st.text())
def test_any_text_can_be_written_as_a_literal(text: str) -> None:
    quoted = text.replace("'", "''")
    assert evaluate(f"@concat('{quoted}')", SCOPE) == text
    assert evaluate(f"<@{{'{quoted}'}}>", SCOPE) == f"<{text}>"


@given(st.text())
def test_any_text_is_a_value_or_an_expression_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        value = evaluate(text, SCOPE)
        assert value == text or "@" in text


@given(st.integers(min_value=-(10**12), max_value=10**12), st.integers(min_value=1, max_value=10**6))
def test_division_and_remainder_belong_together(dividend: int, divisor: int) -> None:
    quotient = evaluate(f"@div({dividend}, {divisor})", SCOPE)
    assert quotient * divisor + evaluate(f"@mod({dividend}, {divisor})", SCOPE) == dividend
