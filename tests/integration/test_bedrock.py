"""Indexing and searching with Bedrock, from outside; nothing of AWS's library is changed."""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import kodit
from bedrock_server import MODEL, ROLE, Bedrock, Job, Refusal, bedrock_server
from kodit import choices
from kodit.application.engine import Kodit
from kodit.domain.errors import InvalidInput, RateLimited, Refused, Unavailable
from kodit.domain.search.query import SearchMode
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.aws import embedder as module
from kodit.infrastructure.aws.embedder import BedrockEmbedder
from kodit.settings import load
from moto_server import REGION

FUNCTIONS = 130


@pytest.fixture(scope="module")
def service() -> Iterator[Bedrock]:
    with bedrock_server() as server, pytest.MonkeyPatch.context() as patch:
        bucket = server.s3.new_bucket()
        settings = {
            "KODIT_EMBEDDER": "bedrock",
            "BEDROCK_MODEL_ID": MODEL,
            "BEDROCK_ROLE_ARN": ROLE,
            "ARTIFACTS_BUCKET": bucket,
            "BEDROCK_POLL_INTERVAL": "0.1",
        }
        for name, value in {**server.environment, **settings}.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def bedrock(service: Bedrock) -> Bedrock:
    service.forget()
    return service


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Code of a test's own, as Bedrock knows the jobs of other tests."""
    directory = tmp_path / f"source_{tmp_path.name}"
    directory.mkdir()
    for number in range(FUNCTIONS):
        (directory / f"number_{number}.py").write_text(f"def count_sheep_{number}():\n    return {number}\n")
    (directory / "headers.py").write_text("def parse_headers(text):\n    return text.splitlines()\n")
    return directory


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Kodit]:
    async with kodit.open(tmp_path / "data", workers=1, retry_base_seconds=0) as engine:
        yield engine


async def embeddings_task(engine: Kodit, run_id: int) -> Task:
    return next(task for task in (await engine.progress(run_id)).tasks if task.type is TaskType.CODE_EMBEDDINGS)


def sent(bedrock: Bedrock) -> list[str]:
    return [line["recordId"] for job in bedrock.jobs for line in bedrock.lines(job)]


async def test_a_source_is_indexed_by_a_job_and_found_and_changes_cost_what_they_are(
    bedrock: Bedrock, tmp_path: Path, source: Path
) -> None:
    bedrock.looks = 3
    async with opened(tmp_path) as engine:
        seen: list[str] = []
        report = await engine.index(
            str(source), watch=lambda now: seen.extend(task.note or "" for task in now.tasks if task.is_snoozed)
        )

        assert report.progress.run.state is RunState.COMPLETED
        assert report.counts["code_embedded"] == FUNCTIONS + 1
        assert "waits for Bedrock: 1 job with 131 texts" in seen
        task = await embeddings_task(engine, report.progress.run.id)
        assert (task.attempts, task.errors) == (1, ())
        assert task.snoozes >= 3
        # The texts of the descriptions are those of another job.
        assert [len(bedrock.lines(job)) for job in bedrock.jobs] == [FUNCTIONS + 1] * 2
        assert len(set(sent(bedrock))) == 2 * (FUNCTIONS + 1)
        assert bedrock.invoked == []

        found = await engine.search("parse headers", mode=SearchMode.CODE)
        assert found.hits[0].symbol == "parse_headers"
        assert len(bedrock.invoked) == 1

        (source / "more.py").write_text("def one_more(): ...\n")
        again = await engine.index(str(source))
        assert again.counts["code_embedded"] == 1
        assert len(bedrock.jobs) == 2
        assert len(bedrock.invoked) == 3


async def test_a_job_that_failed_is_told_and_tried_again(bedrock: Bedrock, tmp_path: Path, source: Path) -> None:
    bedrock.ends = lambda job: "Failed" if job is bedrock.jobs[0] else "Completed"
    async with opened(tmp_path) as engine:
        report = await engine.index(str(source))
        task = await embeddings_task(engine, report.progress.run.id)

    assert report.progress.run.state is RunState.COMPLETED
    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 2)
    [error] = task.errors
    assert error.kind == "Unavailable"
    assert error.message == (f"job {bedrock.jobs[0].arn} of Bedrock ended as Failed: the role may not read the input")
    assert bedrock.jobs[1].token != bedrock.jobs[0].token
    assert [line["recordId"] for line in bedrock.lines(bedrock.jobs[1])] == [
        line["recordId"] for line in bedrock.lines(bedrock.jobs[0])
    ]


async def test_what_a_job_left_out_is_made_up_for(bedrock: Bedrock, tmp_path: Path, source: Path) -> None:
    """Of a job that was only partly done, half is missing; of that, one is refused for good."""
    bedrock.ends = lambda job: "PartiallyCompleted" if job is bedrock.jobs[0] else "Completed"

    def half(job: Job, record: dict[str, object]) -> object:
        return None if job is bedrock.jobs[0] and int(str(record["recordId"])[:2], 16) % 2 else record

    bedrock.record = half
    (source / "poison.py").write_text("def poison():\n    return 'not taken'\n")
    async with opened(tmp_path) as engine:
        report = await engine.index(str(source))
        progress = await engine.progress(report.progress.run.id)
        [step] = [one for one in progress.steps if one.step == "create code embeddings"]
        hits = (await engine.search("not taken", mode=SearchMode.CODE, limit=50)).hits

    assert report.progress.run.state is RunState.COMPLETED
    assert (report.counts["code_embedded"], report.counts["code_refused"]) == (FUNCTIONS + 1, 1)
    assert step.message is not None
    assert step.message.startswith("1 without a vector, such as ")
    assert "the text is not taken" in step.message
    assert [hit for hit in hits if hit.path == "poison.py"] == []


async def test_a_question_that_cannot_be_embedded_is_an_error_and_words_still_find(
    bedrock: Bedrock, tmp_path: Path
) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "headers.py").write_text("def parse_headers(text):\n    return text.splitlines()\n")

    def refuse(operation: str, times: int) -> None:
        raise Refusal(403, "AccessDeniedException", "not allowed to invoke the model")

    async with opened(tmp_path) as engine:
        await engine.index(str(tmp_path / "few"))
        assert bedrock.jobs == []
        bedrock.refuse = refuse
        with pytest.raises(Refused, match="not allowed"):
            await engine.search("parse headers")
        found = await engine.search("parse headers", mode=SearchMode.KEYWORD)

    assert found.hits[0].symbol == "parse_headers"


def test_what_was_refused_is_told_by_the_command(bedrock: Bedrock, tmp_path: Path, source: Path) -> None:
    (source / "poison.py").write_text("def poison():\n    return 'not taken'\n")
    command = [sys.executable, "-m", "kodit", "--data-dir", str(tmp_path / "data"), "index", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "warning: 1 text could not be embedded: kodit queue show 4" in done.stderr
    assert "waits for Bedrock: 1 job with 132 texts" in done.stderr
    assert f"{source.name}: indexed" in done.stdout


async def test_a_worker_that_is_killed_between_two_looks_loses_nothing(
    bedrock: Bedrock, tmp_path: Path, source: Path
) -> None:
    bedrock.looks = 1_000_000
    command = [sys.executable, "-m", "kodit", "--data-dir", str(tmp_path / "data"), "index", str(source)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stderr is not None
        assert any("waits for Bedrock" in line for line in process.stderr)
        process.send_signal(signal.SIGKILL)
    bedrock.looks = 1

    async with opened(tmp_path) as engine:
        report = await engine.index(str(source))

    assert report.progress.run.state is RunState.COMPLETED
    assert [len(bedrock.lines(job)) for job in bedrock.jobs] == [FUNCTIONS + 1] * 2


async def test_a_job_beyond_its_time_is_stopped_and_its_dead_letter_says_what_helps(
    bedrock: Bedrock, tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bedrock.looks = 1_000_000
    monkeypatch.setenv("BEDROCK_MAX_WAIT_TIME", "0.3")
    async with opened(tmp_path) as engine:
        report = await engine.index(str(source))
        task = await embeddings_task(engine, report.progress.run.id)
        await engine.queue.retry(task.id)

        bedrock.looks = 1
        monkeypatch.delenv("BEDROCK_MAX_WAIT_TIME")
    async with opened(tmp_path) as engine:
        again = await engine.index(str(source))

    assert task.state is TaskState.DEAD
    assert "was stopped: it had not ended after 0:00:00.3" in (task.note or "")
    assert task.errors[-1].remedy == (
        f"raise BEDROCK_MAX_WAIT_TIME where jobs take longer; embed what is left: kodit queue retry {task.id}"
    )
    assert bedrock.jobs[0].status == "Stopping"
    assert again.progress.run.state is RunState.COMPLETED


class TestDirectly:
    @pytest.fixture
    async def embedder(self, bedrock: Bedrock) -> AsyncIterator[BedrockEmbedder]:
        self.pauses: list[float] = []

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        made = BedrockEmbedder(MODEL, 256, REGION, concurrency=1, pause=pause)
        yield made
        await made.close()

    async def test_a_service_that_asks_to_wait_is_waited_for(self, bedrock: Bedrock, embedder: BedrockEmbedder) -> None:
        def refuse(operation: str, times: int) -> None:
            if times <= 3:
                waits = {"Retry-After": "7"} if times == 1 else {}
                raise Refusal(429, "ThrottlingException", "slowly", **waits)

        bedrock.refuse = refuse
        assert len(await embedder.embed(["one", "two"])) == 2
        assert self.pauses == [7, 2, 4]

    @pytest.mark.parametrize(
        ("status", "kind", "error"),
        [(429, "ThrottlingException", RateLimited), (503, "ServiceUnavailableException", Unavailable)],
    )
    async def test_in_the_end_the_queue_waits_for_it(
        self, bedrock: Bedrock, embedder: BedrockEmbedder, status: int, kind: str, error: type[Exception]
    ) -> None:
        def refuse(operation: str, times: int) -> None:
            raise Refusal(status, kind, "not now")

        bedrock.refuse = refuse
        with pytest.raises(error, match="not now"):
            await embedder.embed(["one"])
        assert len(self.pauses) == module.TRIES - 1
        assert all(later == 2 * earlier for earlier, later in pairwise(self.pauses))

    async def test_what_trying_again_cannot_help_is_told_at_once(
        self, bedrock: Bedrock, embedder: BedrockEmbedder
    ) -> None:
        def refuse(operation: str, times: int) -> None:
            raise Refusal(403, "AccessDeniedException", "not allowed to invoke the model")

        bedrock.refuse = refuse
        with pytest.raises(Refused, match="not allowed to invoke"):
            await embedder.embed(["one", "two"])
        bedrock.forget()
        with pytest.raises(InvalidInput, match="not taken"):
            await embedder.embed(["poison"])
        assert self.pauses == []

    async def test_an_answer_that_repeats_what_was_signed_is_not_repeated(
        self, bedrock: Bedrock, embedder: BedrockEmbedder
    ) -> None:
        def refuse(operation: str, times: int) -> None:
            said = "The signature does not match. The canonical string was 'x-amz-security-token:TOP-SECRET'"
            raise Refusal(403, "InvalidSignatureException", said)

        bedrock.refuse = refuse
        with pytest.raises(Refused, match="The signature does not match") as caught:
            await embedder.embed(["one"])
        assert "TOP-SECRET" not in "".join(traceback.format_exception(caught.value))

    async def test_without_credentials_the_error_names_none_and_says_what_to_do(
        self, bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        embedder = BedrockEmbedder(MODEL, 256, REGION)
        with pytest.raises(Refused) as caught:
            await embedder.embed(["one"])
        assert "credentials" in (caught.value.remedy or "")
        await embedder.close()


class TestSettings:
    def test_all_that_is_missing_is_told_in_one_message(
        self, bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("BEDROCK_ROLE_ARN", "ARTIFACTS_BUCKET", "AWS_REGION"):
            monkeypatch.delenv(name)
        with pytest.raises(InvalidInput) as caught:
            choices.chosen_batch_embedder(load())
        for name in ("AWS_REGION", "BEDROCK_ROLE_ARN", "BEDROCK_INPUT_BUCKET", "BEDROCK_OUTPUT_BUCKET"):
            assert name in str(caught.value)

    def test_what_was_set_is_what_is_used(self, bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch) -> None:
        given = {"BATCH_SIZE": "500", "POLL_INTERVAL": "5", "MAX_WAIT_TIME": "90", "OUTPUT_DIMENSIONS": "512"}
        for name, value in given.items():
            monkeypatch.setenv(f"BEDROCK_{name}", value)
        batches = choices.chosen_batch_embedder(load())
        assert batches is not None
        terms = batches.terms
        assert (terms.most, terms.interval.total_seconds(), terms.patience.total_seconds()) == (500, 5, 90)
        assert choices.chosen_embedder(load()).model == f"bedrock-{MODEL}-512d"

    def test_other_embedders_have_no_jobs(self, bedrock: Bedrock) -> None:
        assert choices.chosen_batch_embedder(load(embedder="static")) is None

    async def test_without_the_library_the_error_says_what_to_install(
        self, bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("boto3", "boto3.session"):
            monkeypatch.setitem(sys.modules, name, None)
        embedder = BedrockEmbedder(MODEL, 256, REGION)
        with pytest.raises(InvalidInput) as caught:
            await embedder.embed(["one"])
        assert caught.value.remedy == "pip install 'kodit[aws]'"
        await embedder.close()

    def test_choosing_it_imports_nothing_of_aws(self, bedrock: Bedrock) -> None:
        script = (
            "import sys, json; from kodit import choices; from kodit.settings import load; settings = load()\n"
            "choices.chosen_embedder(settings).model; choices.chosen_batch_embedder(settings)\n"
            "print(json.dumps([name for name in ('boto3', 'botocore') if name in sys.modules]))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == []
