"""One comment on a pull request, on each platform: written, edited in place, never another's, never two."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from mayfly import comments
from mayfly.clouds.errors import CloudError
from mayfly.comments import render
from mayfly.comments.api import Api
from mayfly.comments.post import Comment, post
from mayfly.errors import BadInput, MayflyError, NotAllowed, NotSignedIn
from tests.support.forges import FORGES, NO_ANSWER, OURS, READS_ALONE, THEIRS, Forge, GitHub, Reply, served

MARKER = render.marker("mayfly", "qa-142")
FIRST, SECOND = f"{MARKER}\nfirst", f"{MARKER}\nsecond"


@pytest.fixture(params=FORGES, ids=lambda forge: forge.name)
def forge(request: pytest.FixtureRequest) -> Iterator[Forge]:
    with served(request.param()) as found:
        yield found


def platform(forge: Forge, folder: Path, pauses: list[float] | None = None) -> comments.Platform:
    """The pull request, as a pipeline's job finds it. pauses: how long it would have waited."""
    found: Any = comments.platform(forge.name, forge.environment(folder))
    found.api.pause = (pauses if pauses is not None else []).append
    return cast(comments.Platform, found)


def test_one_comment_per_push_on_a_pull_request_is_edited_in_place(forge: Forge, tmp_path: Path) -> None:
    first = post(platform(forge, tmp_path), FIRST)
    assert forge.there == [(OURS, FIRST)]
    assert post(platform(forge, tmp_path), SECOND).id == first.id
    assert forge.there == [(OURS, SECOND)]
    before = len(forge.log)
    post(platform(forge, tmp_path), SECOND)
    assert {request.method for request in forge.log[before:] if "graphql" not in request.path} == {"GET"}


def test_what_others_wrote_is_left_alone_whatever_marker_it_has(forge: Forge, tmp_path: Path) -> None:
    """Whoever may write to a repository of GitHub may edit everybody's comments: it would be taken."""
    forge.add(THEIRS, FIRST)
    post(platform(forge, tmp_path), SECOND)
    assert forge.there == [(THEIRS, FIRST), (OURS, SECOND)]


def test_a_marker_is_one_in_the_first_line_alone(forge: Forge, tmp_path: Path) -> None:
    """Another environment's comment is ours, and not this one, even if it quotes the marker."""
    other = f"{render.marker('mayfly', 'qa-14')}\n{MARKER}"
    forge.add(OURS, other)
    forge.add(OURS, f"{MARKER} and more")
    post(platform(forge, tmp_path), FIRST)
    assert [body for _, body in forge.there] == [other, f"{MARKER} and more", FIRST]


def test_ours_is_found_on_the_third_page(forge: Forge, tmp_path: Path) -> None:
    for number in range(250):
        forge.add(THEIRS, f"talk {number}")
    forge.add(OURS, FIRST)
    post(platform(forge, tmp_path), SECOND)
    assert [body for who, body in forge.there if who == OURS] == [SECOND]


def test_several_of_ours_become_one_the_oldest(forge: Forge, tmp_path: Path) -> None:
    for text in (FIRST, "talk", FIRST, FIRST):
        forge.add(OURS, text)
    assert post(platform(forge, tmp_path), SECOND).id[0] == 1
    assert forge.there == [(OURS, SECOND), (OURS, "talk")]


@pytest.mark.parametrize("number", [2, 5])
def test_runs_at_once_end_with_one_comment(forge: Forge, number: int, tmp_path: Path) -> None:
    """Each has listed before any other writes."""
    meeting = threading.Barrier(number, timeout=60)
    forge.when_listed = lambda: None if forge.entries else meeting.wait()
    texts = [f"{MARKER}\nrun {each}" for each in range(number)]
    runs = [threading.Thread(target=post, args=(platform(forge, tmp_path), text)) for text in texts]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(forge.entries) == number
    ((who, text),) = forge.there
    assert who == OURS
    assert text in texts


def test_one_that_is_removed_meanwhile_is_written_anew(forge: Forge, tmp_path: Path) -> None:
    entry = forge.add(OURS, FIRST)
    gone = threading.Event()

    def remove() -> None:
        if not gone.is_set():
            gone.set()
            entry.is_deleted = True

    forge.when_listed = remove
    post(platform(forge, tmp_path), SECOND)
    assert forge.there == [(OURS, SECOND)]


def test_a_fork_gets_no_secrets_and_is_told_so(forge: Forge, tmp_path: Path) -> None:
    environ = forge.environment(tmp_path, READS_ALONE)
    with pytest.raises(NotAllowed) as told:
        post(comments.platform(forge.name, environ), FIRST)
    assert told.value.exit_code == 3
    hints = {"github": "fork", "azure-devops": "build service", "gitlab": "scope `api`"}
    assert hints[forge.name] in str(told.value)
    assert forge.there == []


def test_a_token_that_is_not_taken(forge: Forge, tmp_path: Path) -> None:
    with pytest.raises(NotSignedIn, match="401"):
        post(comments.platform(forge.name, forge.environment(tmp_path, "stale")), FIRST)


WRITES = "comments$|threads$|notes$"


def test_a_busy_platform_is_asked_again_when_it_says(forge: Forge, tmp_path: Path) -> None:
    """GitHub says 403 with Retry-After for its secondary limits; a gateway says 502 without."""
    forge.answers += [
        ("POST", WRITES, Reply(429, {"message": "slow down"}, {"Retry-After": "7"})),
        ("POST", WRITES, Reply(403, {"message": "slow down"}, {"Retry-After": "600"})),
        ("POST", WRITES, Reply(502)),
    ]
    pauses: list[float] = []
    post(platform(forge, tmp_path, pauses), FIRST)
    assert pauses == [7.0, 60.0, 4.0]
    assert forge.there == [(OURS, FIRST)]


def test_a_platform_that_stays_busy_is_told(forge: Forge, tmp_path: Path) -> None:
    forge.answers += [("GET", "", Reply(503))] * 5
    pauses: list[float] = []
    with pytest.raises(CloudError, match="503"):
        post(platform(forge, tmp_path, pauses), FIRST)
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_a_write_that_was_done_and_not_answered_leaves_one_comment(forge: Forge, tmp_path: Path) -> None:
    forge.answers.append(("POST", WRITES, NO_ANSWER))
    post(platform(forge, tmp_path), FIRST)
    assert len(forge.entries) == 2
    assert forge.there == [(OURS, FIRST)]


def test_a_platform_that_is_not_there_is_told() -> None:
    with pytest.raises(CloudError, match="NoAnswer"):
        Api("http://127.0.0.1:1", {}, "", lambda _: None).call("POST", "/x", {})


def test_the_token_goes_to_no_other_host(tmp_path: Path) -> None:
    with served(GitHub()) as elsewhere, served(GitHub()) as forge:
        forge.answers.append(("POST", "graphql", Reply(302, None, {"Location": f"{elsewhere.base}/graphql"})))
        with pytest.raises(CloudError, match="302"):
            post(platform(forge, tmp_path), FIRST)
        assert elsewhere.log == []


def test_a_page_to_sign_in_on_is_no_answer(tmp_path: Path) -> None:
    """Azure DevOps answers 203 with a page to a token that it does not know."""
    forge = FORGES[1]()
    with served(forge):
        forge.answers.append(("GET", "connectionData", Reply(203, "<!DOCTYPE html>")))
        with pytest.raises(NotSignedIn, match="the token is not taken"):
            post(platform(forge, tmp_path), FIRST)


def test_errors_keep_the_platforms_words_and_the_requests_id(tmp_path: Path) -> None:
    with served(GitHub()) as forge, pytest.raises(CloudError) as told:
        post(comments.platform("github", forge.environment(tmp_path, READS_ALONE)), FIRST)
    assert "Resource not accessible by integration" in str(told.value)
    assert "C0DE:1" in str(told.value)


def test_variables_that_are_missing_are_named_all_at_once(forge: Forge, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        comments.platform(forge.name, {})
    assert {problem.where for problem in told.value.problems} == {
        name
        for name in forge.environment(tmp_path)
        if name not in ("GITHUB_GRAPHQL_URL", "CI_MERGE_REQUEST_PROJECT_ID")
    }


@pytest.mark.parametrize("event", ["{}", "[]", "", '{"pull_request": {"number": null}}'])
def test_an_event_without_a_pull_request(event: str, tmp_path: Path) -> None:
    environ = {**GitHub().environment(tmp_path), "GITHUB_API_URL": "https://api.github.example"}
    Path(environ["GITHUB_EVENT_PATH"]).write_text(event)
    with pytest.raises(BadInput, match="tells no pull request"):
        comments.platform("github", environ)


def test_a_comment_that_goes_each_time_is_given_up() -> None:
    class Vanishing:
        def own_comments(self) -> list[Comment]:
            return [Comment((1,), FIRST)]

        def create(self, body: str) -> Comment:
            raise AssertionError(body)

        def edit(self, comment: Comment, body: str) -> None:
            raise CloudError(404, "404", f"{comment} {body}")

        def remove(self, comment: Comment) -> None:
            raise AssertionError(comment)

    with pytest.raises(MayflyError, match="run it again"):
        post(Vanishing(), SECOND)


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Api("https://x", {"Authorization": "Bearer secret"}, ""))
