"""The NATS micro service `lookalike`: requests in, replies or errors out, on one connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import Final

import nats.micro
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.micro.request import Handler, Request
from nats.micro.service import EndpointStats
from pydantic import BaseModel

from lookalike.access.gate import Gate
from lookalike.admission import (
    Admission,
    StagesDown,
    StagesDownError,
    deadline_from_header,
)
from lookalike.client.nats_link import close_connection
from lookalike.client.nats_messages import header_bytes
from lookalike.contract import schemas, subjects
from lookalike.contract.errors import (
    DeadlineError,
    InternalError,
    LookalikeError,
    OverloadedError,
)
from lookalike.contract.listing import with_unknown_end
from lookalike.contract.validation import error_reply, request_id_from
from lookalike.telemetry.door import Door, OpenRequest
from lookalike.vision.images import ImageLimits
from worker.endpoints import ENDPOINTS, BackendFor, EndpointSpec
from worker.figures import EndpointFigures
from worker.inboxes import AnsweringInboxes
from worker.jobs.desk import JobDesk
from worker.jobs.endpoints import job_endpoints
from worker.messages import Asked, Message
from worker.photos import stored_photo
from worker.settings import NatsArgs
from worker.taken import TakenNotices

Readiness = Callable[[], Awaitable[schemas.ReadyReply]]
_DESCRIPTION: Final = "Find similar clothes, for less: a photo and a crop box in, products out."
_PROOF_S: Final = 5.0
_ERROR_HEADER_CHARS: Final = 500
"""Of an error's message; the body has all of it."""
_log = logging.getLogger(__name__)


class NatsService:
    """Answers what comes over one connection; `start` it once, `drain` it in the end.

    nats-py calls a subscription back for one message at a time, so each request becomes a task;
    at most `args.max_in_flight` of them, and one more is answered `overloaded` at once.
    """

    def __init__(
        self,
        args: NatsArgs,
        backend: BackendFor,
        ready: Readiness,
        stages_down: StagesDown | None = None,
        limits: ImageLimits | None = None,
        door: Door | None = None,
        gate: Gate | None = None,
        desk: JobDesk | None = None,
    ) -> None:
        """`door` is told of every request but for probes.

        `gate` None: whoever reaches the server may ask, or the backend looks at the key.
        """
        self._door = door or Door("nats")
        self._gate = gate
        self._args = args
        self._backend = backend
        self._limits = limits or ImageLimits()
        self._admission = Admission(args.max_in_flight, stages_down)
        self._admission_of_the_rest = Admission(args.max_in_flight)
        self._specs = (*ENDPOINTS, *job_endpoints(desk or JobDesk()), _ready_endpoint(ready))
        self._figures = {spec.name: EndpointFigures() for spec in self._specs}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection: Client | None = None
        self._inboxes: AnsweringInboxes | None = None
        self._notices: TakenNotices | None = None

    async def start(self, connection: Client) -> None:
        """Take up service on a connection; figures go on where an earlier one broke off."""
        self._connection = connection
        inboxes = self._inboxes = AnsweringInboxes(connection)
        service = await nats.micro.add_service(
            inboxes.client,
            name=subjects.SERVICE,
            version=version("lookalike"),
            description=_DESCRIPTION,
            queue_group=subjects.QUEUE_GROUP,
            stats_handler=self._true_figures,
        )
        notices = TakenNotices(connection, service.id)
        self._notices = notices
        for spec in self._specs:
            await service.add_endpoint(
                name=spec.name,
                subject=spec.subject,
                handler=self._handler(spec, notices),
                metadata=spec.metadata(),
            )
        # nats-py's flush sends its ping past what waits to be sent, so it proves nothing; a request
        # to this very service comes after its subscriptions.
        await connection.request(subjects.presence(service.id), timeout=_PROOF_S)

    async def drain(self) -> None:
        """Take nothing more, answer what was accepted, then close the connection.

        The connection's own drain comes last: it begins by hearing no more of JetStream's answers,
        for which what was accepted may wait.
        """
        connection = self._connection
        if connection is None or connection.is_closed:
            return
        try:
            if connection.is_connected:  # else nobody can be answered
                if self._notices is not None:
                    await self._notices.leave()
                async with asyncio.timeout(self._args.drain_timeout_s):
                    await self._until_all_is_answered()
                await connection.drain()
        except NatsError as problem:  # first, as one that its flush raises is a TimeoutError too
            _log.warning("the stop is cut short: %s", problem)
        except TimeoutError:
            _log.warning(
                "%d requests are given up, %g s after the stop",
                len(self._tasks),
                self._args.drain_timeout_s,
            )
        finally:
            for task in self._tasks:
                task.cancel()
            await close_connection(connection)

    async def _until_all_is_answered(self) -> None:
        if self._inboxes is not None:
            await self._inboxes.leave()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _handler(self, spec: EndpointSpec, notices: TakenNotices) -> Handler:
        async def accept(request: Request) -> None:
            message = Message(request.data, request.headers)
            answer = self._answer(spec, request, message)
            try:
                await self._pass_gate(spec, message)
                self._admission_for(spec).enter()
            except LookalikeError as refused:
                answer.close()
                with self._one(spec, message) as (request_id, opened):
                    await self._fail(spec, request, refused, request_id, opened)
                return
            task = asyncio.create_task(answer)
            self._tasks.add(task)
            task.add_done_callback(partial(self._left, spec))
            task.add_done_callback(lambda _: notices.done(message))
            await notices.taken(message)

        return accept

    async def _pass_gate(self, spec: EndpointSpec, message: Message) -> None:
        """NATS does not tell where a request comes from: without a key nobody is counted."""
        if self._gate is not None and spec.scope is not None:
            await self._gate.admit(message.key, None, spec.scope)

    def _left(self, spec: EndpointSpec, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._admission_for(spec).leave()

    def _admission_for(self, spec: EndpointSpec) -> Admission:
        """Jobs are handed in while the stages have more to do than they can."""
        return self._admission if spec.asks_stages else self._admission_of_the_rest

    async def _answer(self, spec: EndpointSpec, request: Request, message: Message) -> None:
        with self._one(spec, message) as (request_id, opened):
            try:
                reply = await self._work(spec, message, request_id)
                opened.answered_with(reply)
                await self._respond(request, reply, {schemas.REQUEST_ID_HEADER: request_id})
            except (DeadlineError, StagesDownError) as error:
                if spec.changes:
                    error = with_unknown_end(error, repeatable=spec.repeatable(message))
                await self._fail(spec, request, error, request_id, opened)
            except LookalikeError as error:
                await self._fail(spec, request, error, request_id, opened)
            except Exception:  # whoever asked is answered, whatever happened
                _log.exception("request %s failed", request_id)
                failure = InternalError("something went wrong on our side")
                await self._fail(spec, request, failure, request_id, opened)

    @contextmanager
    def _one(self, spec: EndpointSpec, message: Message) -> Iterator[tuple[str, OpenRequest]]:
        """Around one request: its id, and the request as the door keeps it."""
        request_id = request_id_from(message.header(schemas.REQUEST_ID_HEADER))
        with self._figures[spec.name].one():
            if spec.subject == subjects.READY:
                yield request_id, OpenRequest(spec.operation)
                return
            caller = message.header("traceparent")
            with self._door.request(request_id, spec.operation, caller) as opened:
                yield request_id, opened

    async def _work(self, spec: EndpointSpec, message: Message, request_id: str) -> BaseModel:
        deadline_s = deadline_from_header(
            message.header(schemas.DEADLINE_HEADER),
            self._args.default_deadline_s,
            self._args.max_deadline_s,
        )
        async with self._admission_for(spec).within(deadline_s):
            photo = None
            if spec.asks_stages and (name := message.stored_photo) is not None:
                assert self._connection is not None
                photo = await stored_photo(self._connection, name, self._limits.max_bytes)
            backend = self._backend(deadline_s, message.key)
            return await spec.answer(backend, Asked(message, request_id, photo))

    async def _fail(
        self,
        spec: EndpointSpec,
        request: Request,
        error: LookalikeError,
        request_id: str,
        opened: OpenRequest,
    ) -> None:
        self._figures[spec.name].failed(error)
        opened.failed(error)
        headers = {
            schemas.REQUEST_ID_HEADER: request_id,
            subjects.ERROR_HEADER: error.message[:_ERROR_HEADER_CHARS],
            subjects.ERROR_CODE_HEADER: str(error.http_status),
        }
        if isinstance(error, OverloadedError):
            headers[subjects.RETRY_AFTER_HEADER] = str(error.retry_after_s)
        try:
            await self._respond(request, error_reply(error, request_id), headers)
        except InternalError:
            short = type(error)(error.message[:_ERROR_HEADER_CHARS])
            await self._respond(request, error_reply(short, request_id), headers)

    async def _respond(self, request: Request, reply: BaseModel, headers: dict[str, str]) -> None:
        """Answer, if anybody waits: a message without a reply subject is nobody's question.

        Raises: InternalError for what the server would end the connection for.
        """
        assert self._connection is not None
        try:
            body = reply.model_dump_json().encode()
            if len(body) + header_bytes(headers) > self._connection.max_payload:
                raise InternalError("the reply is above the server's payload limit")
            await request.respond(body, headers)
        except (NatsError, ValueError) as error:
            _log.warning("a reply could not be sent: %s", error)

    def _true_figures(self, stats: EndpointStats) -> dict[str, int]:
        return self._figures[stats.name].publish(stats)


def _ready_endpoint(ready: Readiness) -> EndpointSpec:
    return EndpointSpec(
        "ready",
        subjects.READY,
        "Whether every stage answers: a canary picture went through within the last seconds.",
        schemas.Wire,
        schemas.ReadyReply,
        lambda _backend, _asked: ready(),
        scope=None,
    )
