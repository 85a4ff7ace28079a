"""What every BatchEmbedder promises, and what Bedrock's does with all that a service may answer."""

import hashlib
import math
from array import array
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bedrock_server import MODEL, ROLE, Bedrock, Refusal, bedrock_server, vector
from kodit.domain.errors import InvalidInput, NotFound, RateLimited, Refused, Unavailable
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.embedding_job import BatchResult, JobState
from kodit.infrastructure.aws import batch_embedder as module
from kodit.infrastructure.aws.batch_embedder import BedrockBatchEmbedder, BedrockJobs
from kodit.infrastructure.aws.embedder import BedrockEmbedder
from kodit.infrastructure.memory.batch_embedder import MemoryBatchEmbedder
from kodit.infrastructure.memory.embedder import HashingEmbedder
from moto_server import REGION

DIMENSION = 256
TOKEN = "7" * 64


def key_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def keyed(*texts: str) -> dict[str, str]:
    return {key_of(text): text for text in texts}


TEXTS = keyed(*(f"text number {number} about something" for number in range(120)))


@pytest.fixture(scope="module")
def service() -> Iterator[Bedrock]:
    """One for all tests, because clients take long to make."""
    with bedrock_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def bedrock(service: Bedrock) -> Bedrock:
    service.forget()
    return service


@pytest.fixture(scope="module")
def client(service: Bedrock) -> BedrockBatchEmbedder:
    return BedrockBatchEmbedder(jobs(service))


def jobs(bedrock: Bedrock, **changes: object) -> BedrockJobs:
    made = BedrockJobs(
        model_id=MODEL,
        dimension=DIMENSION,
        role_arn=ROLE,
        input_bucket=bedrock.s3.new_bucket(),
        output_bucket=bedrock.s3.new_bucket(),
        region=REGION,
    )
    return replace(made, **changes)


@pytest.fixture
def at_bedrock(bedrock: Bedrock, client: BedrockBatchEmbedder) -> BedrockBatchEmbedder:
    return client


@pytest.fixture(params=["memory", "bedrock"])
def batches(request: pytest.FixtureRequest) -> BatchEmbedder:
    if request.param == "memory":
        return MemoryBatchEmbedder(HashingEmbedder(DIMENSION))
    given: BedrockBatchEmbedder = request.getfixturevalue("at_bedrock")
    return given


async def ended(batches: BatchEmbedder, token: str = TOKEN, texts: dict[str, str] = TEXTS) -> str:
    """The name of a job that has ended."""
    await batches.lay(token, texts)
    name = await batches.start(token)
    assert (await batches.look(name)).state is not JobState.RUNNING
    return name


async def results(batches: BatchEmbedder, name: str) -> list[BatchResult]:
    return [result async for some in batches.results(name) for result in some]


async def vectors(batches: BatchEmbedder, name: str) -> dict[str, bytes]:
    return {result.key: result.vector for result in await results(batches, name) if result.vector is not None}


class TestEveryone:
    async def test_each_text_gets_its_vector(self, batches: BatchEmbedder) -> None:
        found = await vectors(batches, await ended(batches))

        assert found.keys() == TEXTS.keys()
        for key, text in TEXTS.items():
            assert array("f", found[key]).tolist() == pytest.approx(vector(text, DIMENSION), abs=1e-6)

    async def test_what_is_started_twice_is_one_job(self, batches: BatchEmbedder) -> None:
        for _ in range(2):
            await batches.lay(TOKEN, TEXTS)
        names = {await batches.start(TOKEN) for _ in range(3)}

        assert len(names) == 1

    async def test_where_no_texts_lie_nothing_is_started(self, batches: BatchEmbedder) -> None:
        with pytest.raises(NotFound):
            await batches.start("8" * 64)

    async def test_a_job_that_nobody_started_is_not_known(self, batches: BatchEmbedder) -> None:
        with pytest.raises(NotFound):
            await batches.look("arn:aws:bedrock:eu-central-1:123456789012:model-invocation-job/job999999999")

    async def test_a_job_that_has_ended_is_not_changed_by_stopping_it(self, batches: BatchEmbedder) -> None:
        name = await ended(batches)
        await batches.stop(name)

        assert (await batches.look(name)).state is JobState.ENDED
        assert len(await vectors(batches, name)) == len(TEXTS)

    async def test_a_job_can_be_stopped(self, batches: BatchEmbedder) -> None:
        await batches.lay(TOKEN, TEXTS)
        name = await batches.start(TOKEN)
        await batches.stop(name)

        assert (await batches.look(name)).state is JobState.STOPPED
        assert await results(batches, name) == []

    async def test_it_says_what_it_asks_of_a_job(self, batches: BatchEmbedder) -> None:
        terms = batches.terms

        assert 0 < terms.least <= terms.most
        assert terms.characters > 0
        assert terms.interval < terms.patience


class TestBedrock:
    async def test_what_is_asked_for_is_the_same_as_text_by_text(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder
    ) -> None:
        odd = keyed(*TEXTS.values(), "\ud800 lone", "🙂" * 5_000, "x" * 60_000, "a\nb\u2028c", "\0")
        found = await vectors(at_bedrock, await ended(at_bedrock, texts=odd))

        directly = BedrockEmbedder(MODEL, DIMENSION, REGION)
        assert found == dict(zip(odd, await directly.embed(list(odd.values())), strict=True))
        await directly.close()

    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ("Completed", JobState.ENDED),
            ("PartiallyCompleted", JobState.ENDED),
            ("Failed", JobState.FAILED),
            ("Stopped", JobState.STOPPED),
            ("Expired", JobState.EXPIRED),
            ("InProgress", JobState.RUNNING),
            ("Scheduled", JobState.RUNNING),
            ("ANewState", JobState.RUNNING),
        ],
    )
    async def test_every_state_has_its_meaning(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder, said: str, state: JobState
    ) -> None:
        bedrock.ends = lambda job: said
        await at_bedrock.lay(TOKEN, TEXTS)
        look = await at_bedrock.look(await at_bedrock.start(TOKEN))

        assert (look.state, look.said) == (state, said)
        assert look.message == ("the role may not read the input" if said == "Failed" else None)

    async def test_the_summary_of_a_job_is_no_result(self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder) -> None:
        assert {result.key for result in await results(at_bedrock, await ended(at_bedrock))} == TEXTS.keys()

    async def test_results_are_read_in_small_pieces(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from kodit.infrastructure.aws import object_store

        name = await ended(at_bedrock)
        monkeypatch.setattr(object_store, "CHUNK", 1_000)

        assert (await vectors(at_bedrock, name)).keys() == TEXTS.keys()

    async def test_results_in_many_files_are_all_read(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = await ended(at_bedrock)
        client = bedrock.store
        monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
        bucket, _, folder = bedrock.jobs[0].writes.removeprefix("s3://").partition("/")
        folder += bedrock.jobs[0].id
        for number in range(7):
            client.put_object(Bucket=bucket, Key=f"{folder}/000{number}.jsonl.out", Body=b"")
        record = b'{"recordId": "last", "error": {"errorCode": 400, "errorMessage": "no"}}'
        client.put_object(Bucket=bucket, Key=f"{folder}/zzz.jsonl.out", Body=record)

        found = await results(at_bedrock, name)

        assert len(found) == len(TEXTS) + 1
        assert found[-1] == BatchResult(key="last", message="no (400)")

    @pytest.mark.parametrize(
        ("output", "message"),
        [
            ({"modelOutput": {"embedding": [0.5] * 255}}, "a vector of 255 numbers and not 256"),
            ({"modelOutput": {"embedding": [0.0] * 256}}, "a vector without a direction"),
            ({"modelOutput": {"embedding": [float("nan")] * 256}}, "a vector without a direction"),
            ({"modelOutput": {"embedding": [1e308] * 256}}, "a vector without a direction"),
            ({"modelOutput": {"embedding": ["many"] * 256}}, "a vector of something else than numbers"),
            ({"modelOutput": {"embedding": []}}, "a vector of 0 numbers and not 256"),
            ({"modelOutput": {}}, "an answer without a vector"),
            ({}, "an answer without a vector"),
            ({"error": {"errorCode": 429, "errorMessage": "too many"}}, "too many (429)"),
            ({"error": "broken"}, "an error"),
        ],
    )
    async def test_what_is_no_vector_is_never_taken_for_one(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder, output: dict[str, object], message: str
    ) -> None:
        first = next(iter(TEXTS))
        bedrock.record = lambda job, record: (
            {"recordId": first, "modelInput": record["modelInput"], **output} if record["recordId"] == first else record
        )
        found = {result.key: result for result in await results(at_bedrock, await ended(at_bedrock))}

        assert found[first] == BatchResult(key=first, message=message)
        assert sum(result.vector is not None for result in found.values()) == len(TEXTS) - 1

    async def test_lines_that_are_no_records_cost_only_themselves(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder
    ) -> None:
        strange = iter(['{"recordId": "cut', "[]", "{}", '{"recordId": "' + "k" * 65 + '"}'])
        bedrock.record = lambda job, record: next(strange, record)
        found = await results(at_bedrock, await ended(at_bedrock))

        assert len(found) == len(TEXTS)
        assert sum(result.key == "" and result.vector is None for result in found) == 4

    @pytest.mark.parametrize("dimension", [256, 512, 1024])
    async def test_a_vector_has_the_length_that_was_asked_for(self, bedrock: Bedrock, dimension: int) -> None:
        batches = BedrockBatchEmbedder(jobs(bedrock, dimension=dimension))
        found = await vectors(batches, await ended(batches))

        assert {len(vector) for vector in found.values()} == {4 * dimension}
        assert math.hypot(*array("f", next(iter(found.values())))) == pytest.approx(1, abs=1e-4)

    async def test_a_job_whose_token_is_forgotten_is_found_by_its_name(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder
    ) -> None:
        tokens = [f"{number}" * 64 for number in range(1, 6)]
        names = {}
        for token in tokens:
            await at_bedrock.lay(token, TEXTS)
            names[token] = await at_bedrock.start(token)
        bedrock.forgets_tokens = True

        assert {token: await at_bedrock.start(token) for token in tokens} == names
        assert len(bedrock.jobs) == 5
        assert bedrock.asked.count("ListModelInvocationJobs") > len(tokens)

    async def test_a_job_whose_creation_was_never_answered_is_the_same_one_later(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder
    ) -> None:
        def refuse(operation: str, times: int) -> None:
            if operation == "Created":
                raise Refusal(500, "InternalServerException", "lost on the way")

        bedrock.refuse = refuse
        await at_bedrock.lay(TOKEN, TEXTS)
        with pytest.raises(Unavailable):
            await at_bedrock.start(TOKEN)

        assert await at_bedrock.start(TOKEN) == bedrock.jobs[0].arn
        assert len(bedrock.jobs) == 1

    @pytest.mark.parametrize(
        ("status", "kind", "error"),
        [
            (429, "ThrottlingException", RateLimited),
            (400, "ServiceQuotaExceededException", RateLimited),
            (500, "InternalServerException", Unavailable),
            (503, "ServiceUnavailableException", Unavailable),
            (403, "AccessDeniedException", Refused),
            (400, "ValidationException", InvalidInput),
        ],
    )
    async def test_what_the_service_refuses_is_an_error_of_its_kind(
        self,
        bedrock: Bedrock,
        at_bedrock: BedrockBatchEmbedder,
        status: int,
        kind: str,
        error: type[Exception],
    ) -> None:
        def refuse(operation: str, times: int) -> None:
            raise Refusal(status, kind, "not now")

        await at_bedrock.lay(TOKEN, TEXTS)
        bedrock.refuse = refuse
        for attempt in (at_bedrock.start(TOKEN), at_bedrock.look("job"), at_bedrock.stop("job")):
            with pytest.raises(error, match="not now"):
                await attempt

    async def test_a_bucket_that_does_not_exist_is_named(self, bedrock: Bedrock) -> None:
        batches = BedrockBatchEmbedder(jobs(bedrock, input_bucket="not-there-at-all"))

        with pytest.raises(NotFound, match="not-there-at-all"):
            await batches.lay(TOKEN, TEXTS)

    async def test_nothing_is_left_on_the_disk(
        self, bedrock: Bedrock, at_bedrock: BedrockBatchEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        await at_bedrock.lay("9" * 64, TEXTS)

        assert [*tmp_path.iterdir()] == []

    async def test_its_terms_are_those_that_were_set(self, bedrock: Bedrock) -> None:
        terms = BedrockBatchEmbedder(
            jobs(bedrock, most=500, interval=timedelta(seconds=5), patience=timedelta(hours=9))
        ).terms

        assert (terms.service, terms.least, terms.most, terms.characters) == ("Bedrock", 100, 500, module.CHARACTERS)
        assert (terms.interval, terms.patience) == (timedelta(seconds=5), timedelta(hours=9))
