"""AWS Bedrock on loopback: its four operations on batch jobs, and InvokeModel, over moto's S3."""

import json
import re
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from kodit.infrastructure.memory.embedder import HashingEmbedder
from moto_server import ACCOUNT, REGION, MotoServer, moto_server

MODEL = "amazon.titan-embed-text-v2:0"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/batch"
LONGEST = 50_000
"""Characters that the model takes, and more tokens than so many bytes can be."""
MOST_TOKENS = 8_192


@dataclass
class Job:
    """A batch job, as the service keeps it."""

    arn: str
    name: str
    token: str
    reads: str
    writes: str
    status: str = "Submitted"
    message: str | None = None

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]


class Refusal(Exception):
    """An answer that is an error of the service."""

    def __init__(self, status: int, kind: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.headers = status, kind, headers


def vector(text: str, dimension: int) -> list[float]:
    """What the model makes of a text, always the same: near to texts with the same words."""
    given = HashingEmbedder(dimension)._vector(text)
    numbers = [*struct.unpack(f"<{dimension}f", given)]
    return numbers if any(numbers) else [1.0] + [0.0] * (dimension - 1)


def answered(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model's answer. Raises Refusal for what it does not take."""
    text = body.get("inputText", "")
    if not text or len(text) > LONGEST or len(text.encode()) > MOST_TOKENS:
        raise Refusal(400, "ValidationException", "the text is empty or too long")
    if body.get("dimensions") not in (256, 512, 1024) or body.get("normalize") is not True:
        raise Refusal(400, "ValidationException", "no such dimensions")
    if "poison" in text:
        raise Refusal(400, "ValidationException", "the text is not taken")
    return {"embedding": vector(text, body["dimensions"]), "inputTextTokenCount": len(text.split())}


@dataclass
class Bedrock:
    """The service, and what a test makes it do.

    `ends` gives the state that a job ends in, `record` changes or drops an output record before it is written, and
    `refuse` raises what a request is to be answered with instead.
    """

    s3: MotoServer
    url: str = ""
    jobs: list[Job] = field(default_factory=list)
    invoked: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    ends: Callable[[Job], str] = lambda job: "Completed"
    record: Callable[[Job, dict[str, Any]], Any] = lambda job, record: record
    refuse: Callable[[str, int], None] = lambda operation, times: None
    forgets_tokens: bool = False
    looks: int = 1
    """How often a job is looked at before it ends."""
    page: int = 2
    """Jobs in one page of a list."""
    numbers: Iterator[int] = field(default_factory=count)
    """Of jobs: none is given twice, whatever is forgotten."""

    @cached_property
    def store(self) -> Any:
        """The service's own way to S3."""
        return self.s3.client("s3")

    def forget(self) -> None:
        """Be as if nobody had asked anything yet, for another test."""
        fresh = Bedrock(self.s3, self.url)
        vars(self).update({**vars(fresh), "numbers": self.numbers, "store": self.store})

    @property
    def environment(self) -> Mapping[str, str]:
        """What sends every client here."""
        here = {"AWS_ENDPOINT_URL_BEDROCK": self.url, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.url}
        return {**self.s3.environment, **here, "AWS_MAX_ATTEMPTS": "1"}

    def lines(self, job: Job) -> list[dict[str, Any]]:
        """What a job was given."""
        bucket, key = _place(job.reads)
        content = self.store.get_object(Bucket=bucket, Key=key)["Body"].read()
        return [json.loads(line) for line in content.splitlines()]

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> Mapping[str, Any]:
        if invoked := re.fullmatch(r"/model/([^/]+)/invoke", path):
            self._ask("InvokeModel")
            if unquote(invoked[1]) != MODEL:
                raise Refusal(404, "ResourceNotFoundException", "no such model")
            self.invoked.append(body)
            return answered(body)
        if (method, path) == ("POST", "/model-invocation-job"):
            return self._create(body)
        if (method, path) == ("GET", "/model-invocation-jobs"):
            return self._list(query)
        if stopped := re.fullmatch(r"/model-invocation-job/([^/]+)/stop", path):
            return self._stop(unquote(stopped[1]))
        if got := re.fullmatch(r"/model-invocation-job/([^/]+)", path):
            return self._get(unquote(got[1]))
        raise Refusal(404, "UnknownOperationException", path)

    def _ask(self, operation: str) -> None:
        self.asked.append(operation)
        self.refuse(operation, self.asked.count(operation))

    def _create(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self._ask("CreateModelInvocationJob")
        token, name = body["clientRequestToken"], body["jobName"]
        there = next((job for job in self.jobs if job.token == token), None)
        if there is not None and not self.forgets_tokens:
            return {"jobArn": there.arn}
        if any(job.name == name for job in self.jobs):
            raise Refusal(400, "ConflictException", "a job of this name exists")
        given = body["inputDataConfig"]["s3InputDataConfig"]
        assert (body["modelId"], body["roleArn"], given["s3InputFormat"]) == (MODEL, ROLE, "JSONL")
        assert re.fullmatch(r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9+\-.]){0,63}", name)
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", token)
        arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-invocation-job/job{next(self.numbers):09}"
        writes = body["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        job = Job(arn, name, token, reads=given["s3Uri"], writes=writes)
        assert 100 <= len(self.lines(job)) <= 50_000
        self.jobs.append(job)
        # Its answer may not arrive though the job is there.
        self.refuse("Created", len(self.jobs))
        return {"jobArn": arn}

    def _list(self, query: Mapping[str, list[str]]) -> Mapping[str, Any]:
        self._ask("ListModelInvocationJobs")
        part = query["nameContains"][0]
        found = [job for job in reversed(self.jobs) if part in job.name or part.startswith("kodit-")]
        start = int(query.get("nextToken", ["0"])[0])
        shown = found[start : start + self.page]
        summaries = [{**_described(job), "jobName": job.name} for job in shown]
        more = {"nextToken": str(start + self.page)} if start + self.page < len(found) else {}
        return {"invocationJobSummaries": summaries, **more}

    def _get(self, arn: str) -> Mapping[str, Any]:
        self._ask("GetModelInvocationJob")
        job = self._job(arn)
        if job.status == "Stopping":
            job.status = "Stopped"
        elif job.status in ("Submitted", "Validating", "Scheduled", "InProgress"):
            if self.asked.count("GetModelInvocationJob") < self.looks:
                job.status = "InProgress"
            else:
                self._end(job)
        return _described(job)

    def _stop(self, arn: str) -> Mapping[str, Any]:
        self._ask("StopModelInvocationJob")
        job = self._job(arn)
        if job.status in ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"):
            raise Refusal(400, "ConflictException", "the job has ended")
        job.status = "Stopping"
        return {}

    def _job(self, arn: str) -> Job:
        job = next((job for job in self.jobs if job.arn == arn), None)
        if job is None:
            raise Refusal(404, "ResourceNotFoundException", "no such job")
        return job

    def _end(self, job: Job) -> None:
        job.status = self.ends(job)
        if job.status in ("InProgress", "Scheduled"):
            return
        if job.status == "Failed":
            job.message = "the role may not read the input"
            return
        records = [record for line in self.lines(job) if (record := self.record(job, _output(line))) is not None]
        # The service promises no order.
        written = "".join(
            f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in reversed(records)
        )
        bucket, prefix = _place(job.writes)
        name = job.reads.rpartition("/")[2]
        self.store.put_object(Bucket=bucket, Key=f"{prefix}{job.id}/{name}.out", Body=written.encode())
        manifest = json.dumps({"totalRecordCount": len(records), "recordId": "manifest", "modelOutput": {}})
        self.store.put_object(Bucket=bucket, Key=f"{prefix}{job.id}/manifest.json.out", Body=manifest.encode())


def _output(line: Mapping[str, Any]) -> dict[str, Any]:
    """The line that comes of a line."""
    try:
        return {**line, "modelOutput": answered(line["modelInput"])}
    except Refusal as error:
        return {**line, "error": {"errorCode": error.status, "errorMessage": str(error)}}


def _described(job: Job) -> dict[str, Any]:
    about = {
        "jobArn": job.arn,
        "modelId": MODEL,
        "roleArn": ROLE,
        "status": job.status,
        "submitTime": "2026-01-01T00:00:00Z",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": job.reads}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": job.writes}},
    }
    return about | ({"message": job.message} if job.message else {})


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Handler(BaseHTTPRequestHandler):
    bedrock: Bedrock
    lock: threading.Lock
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        status, headers = 200, {}
        try:
            with self.lock:
                answer: Mapping[str, Any] = self.bedrock.answer(self.command, split.path, parse_qs(split.query), body)
        except Refusal as error:
            status, answer = error.status, {"message": str(error)}
            headers = {"x-amzn-ErrorType": error.kind, **error.headers}
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "content-type": "application/json", "content-length": len(content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the name that the library looks for

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@contextmanager
def bedrock_server(s3: MotoServer | None = None) -> Iterator[Bedrock]:
    """A running service on ports of its own, with an S3 beside it unless there is one."""
    if s3 is None:
        with moto_server() as beside, bedrock_server(beside) as bedrock:
            yield bedrock
        return
    bedrock = Bedrock(s3)
    handler = type("BedrockHandler", (Handler,), {"bedrock": bedrock, "lock": threading.Lock()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        bedrock.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield bedrock
        finally:
            server.shutdown()
            thread.join()
