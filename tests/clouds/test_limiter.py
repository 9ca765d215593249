"""One rate limiter a cloud: whoever is told to come back later holds all others as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from mayfly.clouds.aws import Aws
from mayfly.clouds.azure import Azure, CloudError
from mayfly.clouds.limiter import LONGEST, RateLimiter


class Clock:
    """Time passes by sleeping alone."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self) -> float:
        return sum(self.slept)


def limiter() -> tuple[RateLimiter, Clock]:
    clock = Clock()
    return RateLimiter(clock, clock.slept.append), clock


@pytest.mark.parametrize(
    ("status", "told", "seconds"),
    [(429, "17", 17.0), (503, "1.5", 1.5), (200, "17", 0), (429, "", 0), (429, "soon", 0), (429, "-3", 0)],
)
def test_who_is_told_to_come_back_holds_all_others(status: int, told: str, seconds: float) -> None:
    found, clock = limiter()
    found.answered(status, {"Retry-After": told})
    found.wait()
    found.wait()
    assert sum(clock.slept) == seconds


def test_a_date_is_understood_and_an_hour_is_too_long() -> None:
    found, clock = limiter()
    found.answered(429, {"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=60))})
    found.wait()
    assert 50 < sum(clock.slept) <= 60
    found.answered(429, {"retry-after": "3600"})
    found.wait()
    assert clock.slept[1:] == [LONGEST]


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    found, clock = limiter()
    for told in ("30", "5"):
        found.answered(429, {"retry-after": told})
    found.wait()
    assert clock.slept == [30]


def test_pain_429_one_call_that_is_refused_holds_the_next_one_on_azure(
    cloud: Azure, arm: Any, answer: Any
) -> None:
    """pulumi-azure-native#3720: another thread's call does not go on asking."""
    group = "/subscriptions/6d617966-6c79-4000-8000-0000000000b0/resourceGroups/qa-7"
    arm.on("GET", group, answer(429, {"error": {"code": "TooManyRequests"}}, {"Retry-After": "17"}))
    arm.on("GET", f"{group}-b", answer(200, {"name": "b"}))
    with pytest.raises(CloudError, match="TooManyRequests"):
        cloud.get(group)
    slept = len(arm.slept)
    assert cloud.get(f"{group}-b") == {"name": "b"}
    assert arm.slept[slept:] == [17]


def test_and_on_aws_whichever_service_said_it() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "nobody-may-see-it"}
    refused = iter([(503, {"retry-after": "9"})])
    sent: list[str] = []

    def answer(request: Any, **_: Any) -> Any:
        status, headers = next(refused, (200, {}))
        sent.append(request.url)

        class Raw:
            def stream(self, *_: Any, **__: Any) -> Any:
                yield b"<ListBucketsResult/>" if status == 200 else b"<Error><Code>SlowDown</Code></Error>"

        made: Any = AWSResponse
        return made(request.url, status, headers, Raw())

    with Aws.from_environment(keys, "eu-west-1") as cloud:
        clock = Clock()
        cloud.limiter = RateLimiter(clock, clock.slept.append)
        s3: Any = cloud.client("s3")
        s3.meta.events.register("before-send", answer)
        s3.list_buckets()
    assert len(sent) == 2
    assert clock.slept == [9]
