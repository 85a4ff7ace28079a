"""Embeddings by AWS Bedrock, many at a time: its batch inference jobs, which read and write S3."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from kodit.domain.errors import BadAnswer, Conflict
from kodit.domain.search.embedding_job import BatchResult, BatchTerms, JobLook, JobState, Laid
from kodit.infrastructure.aws.clients import LazyClient
from kodit.infrastructure.aws.failures import in_thread, room_for
from kodit.infrastructure.aws.object_store import S3ObjectStore
from kodit.infrastructure.aws.titan import request, vector_of

LEAST = 100
"""Records that a job needs; "Minimum number of records per batch inference job" of Bedrock's quotas."""
MOST = 50_000
"""Records that a job may have; "Records per batch inference job" there."""
CHARACTERS = 64_000_000
"""Of all texts of a job. A character is at most six bytes of JSON, so that its file stays well below the gigabyte of
"Batch inference input file size" there, and little of it is in memory."""
PREFIX = "kodit/bedrock/"
"""Where texts and vectors lie in their buckets."""
_LONGEST_KEY = 64
_RESULTS = ".jsonl.out"
"""How the files with results end. The summary beside them, `manifest.json.out`, does not."""

_STATES = {
    "Completed": JobState.ENDED,
    "PartiallyCompleted": JobState.ENDED,
    "Failed": JobState.FAILED,
    "Stopped": JobState.STOPPED,
    "Expired": JobState.EXPIRED,
}
"""What Bedrock's states mean that a job never leaves; in every other, new ones too, it is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BedrockJobs:
    """How jobs are made: with which model and role, in which buckets, and how they are looked after."""

    model_id: str
    dimension: int
    role_arn: str
    input_bucket: str
    output_bucket: str
    region: str | None = None
    most: int = MOST
    interval: timedelta = timedelta(seconds=60)
    patience: timedelta = timedelta(hours=2)


class BedrockBatchEmbedder:
    """Implements BatchEmbedder by model invocation jobs.

    A job's texts lie in the input bucket, named by its token, which is also the idempotency token of the request that
    creates it: asked again, Bedrock gives the job that there is. Where it does not remember the token any more, the job
    is found by its name.
    """

    def __init__(self, jobs: BedrockJobs) -> None:
        self._jobs = jobs
        self._client = LazyClient("bedrock", jobs.region)
        self._input = S3ObjectStore(jobs.input_bucket, jobs.region, prefix=PREFIX)
        self._output = S3ObjectStore(jobs.output_bucket, jobs.region, prefix=PREFIX)

    @property
    def terms(self) -> BatchTerms:
        """See the port."""
        return BatchTerms(
            service="Bedrock",
            least=LEAST,
            most=self._jobs.most,
            characters=CHARACTERS,
            interval=self._jobs.interval,
            patience=self._jobs.patience,
            remedy="raise BEDROCK_MAX_WAIT_TIME where jobs take longer",
        )

    async def lay(self, token: str, texts: Mapping[str, str]) -> Laid:
        """See the port."""
        with tempfile.TemporaryDirectory(prefix="kodit-bedrock-") as directory:
            file = Path(directory) / "input.jsonl"
            await asyncio.to_thread(_write, file, texts, self._jobs.dimension)
            await self._input.put(_input_key(token), str(file))
        return Laid(reads_from=self._reads_from(token), writes_to=self._writes_to)

    async def start(self, token: str) -> str:
        """See the port."""
        await self._input.head(_input_key(token))
        name = f"kodit-{token[:40]}"
        try:
            created = await self._ask(
                "create a batch job",
                "create_model_invocation_job",
                jobName=name,
                clientRequestToken=token,
                modelId=self._jobs.model_id,
                roleArn=self._jobs.role_arn,
                inputDataConfig={
                    "s3InputDataConfig": {"s3InputFormat": "JSONL", "s3Uri": self._reads_from(token)},
                },
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": self._writes_to}},
            )
        except Conflict:
            if (found := await self._named(name)) is None:
                raise
            return found
        return str(created["jobArn"])

    async def look(self, name: str) -> JobLook:
        """See the port."""
        job = await self._ask("look at a batch job", "get_model_invocation_job", jobIdentifier=name)
        said = str(job["status"])
        return JobLook(state=_STATES.get(said, JobState.RUNNING), said=said, message=job.get("message"))

    async def stop(self, name: str) -> None:
        """See the port."""
        try:
            await self._ask("stop a batch job", "stop_model_invocation_job", jobIdentifier=name)
        except Conflict:
            return

    async def results(self, name: str) -> AsyncIterator[Sequence[BatchResult]]:
        """See the port."""
        folder = f"output/{name.rpartition('/')[2]}/"
        async for stored in self._output.listed(folder):
            if not stored.key.endswith(_RESULTS):
                continue
            rest = b""
            async for chunk in self._output.read(stored):
                *lines, rest = (rest + chunk).split(b"\n")
                yield await asyncio.to_thread(self._parsed, lines)
            yield self._parsed([rest])

    @property
    def _writes_to(self) -> str:
        return f"s3://{self._jobs.output_bucket}/{PREFIX}output/"

    def _reads_from(self, token: str) -> str:
        return f"s3://{self._jobs.input_bucket}/{PREFIX}{_input_key(token)}"

    async def _named(self, name: str) -> str | None:
        """The newest job of this name."""
        more: dict[str, str] = {}
        while True:
            page = await self._ask(
                "list batch jobs",
                "list_model_invocation_jobs",
                nameContains=name,
                sortBy="CreationTime",
                sortOrder="Descending",
                **more,
            )
            for job in page.get("invocationJobSummaries", ()):
                if job["jobName"] == name:
                    return str(job["jobArn"])
            if "nextToken" not in page:
                return None
            more = {"nextToken": page["nextToken"]}

    async def _ask(self, what: str, operation: str, **arguments: Any) -> Any:
        return await in_thread(what, lambda: getattr(self._client(), operation)(**arguments))

    def _parsed(self, lines: Sequence[bytes]) -> Sequence[BatchResult]:
        return [self._result(line) for line in lines if line.strip()]

    def _result(self, line: bytes) -> BatchResult:
        try:
            record = json.loads(line)
            key = str(record["recordId"])
        except (ValueError, KeyError, TypeError):
            return BatchResult(key="", message="a line of results that is no record")
        if len(key) > _LONGEST_KEY:
            return BatchResult(key="", message="a record that nobody asked for")
        if error := record.get("error"):
            return BatchResult(key=key, message=_said(error))
        try:
            return BatchResult(key=key, vector=vector_of(record.get("modelOutput"), self._jobs.dimension))
        except BadAnswer as error:
            return BatchResult(key=key, message=str(error))


def _write(file: Path, texts: Mapping[str, str], dimension: int) -> None:
    with room_for(f"the texts of a batch job at {file}"), file.open("w", encoding="utf-8") as lines:
        for key, text in texts.items():
            lines.write(json.dumps({"recordId": key, "modelInput": request(text, dimension)}) + "\n")


def _input_key(token: str) -> str:
    return f"input/{token}.jsonl"


def _said(error: object) -> str:
    if not isinstance(error, Mapping):
        return "an error"
    return f"{str(error.get('errorMessage', 'an error'))[:200]} ({error.get('errorCode', 'no code')})"
