"""Queues of SQS."""

from __future__ import annotations

from collections.abc import Iterable

from mayfly.teardown.aws.kinds.kind import Kind, Tags


class Queues(Kind):
    """Named after the environment, and its own by their tags."""

    name = "queues"
    type = "AWS::SQS::Queue"
    until_gone = 90.0
    """A deletion takes up to 60 s (API reference of DeleteQueue)."""

    def named(self) -> Iterable[str]:
        """By prefix."""
        pages = self.cloud.client("sqs").get_paginator("list_queues")
        for page in pages.paginate(QueueNamePrefix=f"{self.owner.environment}-"):
            yield from (url.rsplit("/", 1)[-1] for url in page.get("QueueUrls", []))

    def arn(self, handle: str) -> str:
        """A queue's ARN ends in its name alone."""
        return self.owner.arn("sqs", handle)

    def handle(self, arn: str) -> str | None:
        """The queue's name."""
        start = self.owner.arn("sqs", "")
        return arn.removeprefix(start) if arn.startswith(start) else None

    def tags(self, handle: str) -> Tags | None:
        """By its URL, which alone tells when it is gone."""
        return self.cloud.client("sqs").list_queue_tags(QueueUrl=self._url(handle)).get("Tags", {})

    def delete(self, handle: str) -> None:
        """With all its messages."""
        self.cloud.client("sqs").delete_queue(QueueUrl=self._url(handle))

    def _url(self, handle: str) -> str:
        return self.cloud.client("sqs").get_queue_url(QueueName=handle)["QueueUrl"]
