"""The endpoints about jobs."""

from __future__ import annotations

from pydantic import BaseModel

from lookalike.contract import subjects
from lookalike.contract.jobs import JobReply, SubmitReply
from worker.endpoints import Backend, EndpointSpec
from worker.jobs.desk import JobDesk
from worker.jobs.messages import (
    JobMessage,
    SubmitMessage,
    job_id_of,
    names_job,
    submission,
)
from worker.messages import Asked


def job_endpoints(desk: JobDesk) -> tuple[EndpointSpec, ...]:
    """Submit, get and cancel; none of them waits for a stage."""

    async def submit(backend: Backend, asked: Asked) -> BaseModel:
        await backend.let_in()
        return await desk.submit(submission(asked.message), asked.request_id)

    async def get(backend: Backend, asked: Asked) -> BaseModel:
        await backend.let_in()
        return await desk.get(job_id_of(asked.message))

    async def cancel(backend: Backend, asked: Asked) -> BaseModel:
        await backend.let_in()
        return await desk.cancel(job_id_of(asked.message))

    return (
        EndpointSpec(
            "jobs-submit",
            subjects.JOBS_SUBMIT,
            "Store a search of a photo, or of a batch; on disk when answered, worked at later.",
            SubmitMessage,
            SubmitReply,
            submit,
            changes=True,
            repeatable=names_job,
            asks_stages=False,
        ),
        EndpointSpec(
            "jobs-get",
            subjects.JOBS_GET,
            "A job as it stands; the same for ever once it has ended.",
            JobMessage,
            JobReply,
            get,
            asks_stages=False,
        ),
        EndpointSpec(
            "jobs-cancel",
            subjects.JOBS_CANCEL,
            "Call a job off, unless it has ended.",
            JobMessage,
            JobReply,
            cancel,
            changes=True,
            asks_stages=False,
        ),
    )
