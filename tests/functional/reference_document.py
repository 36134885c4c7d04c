"""Write docs/reference.md anew, from the contract: python -m tests.functional.reference_document"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from deployments.settings import GatewayArgs
from lookalike.contract import credentials, jobs, schemas, subjects
from lookalike.contract.errors import ERROR_TYPES
from lookalike.vision.crop import MIN_CROP_PX
from tests.functional.openapi_document import document as openapi
from worker.endpoints import ENDPOINTS, EndpointSpec
from worker.jobs.desk import JobDesk
from worker.jobs.endpoints import job_endpoints

_JOB_ENDPOINTS: Final = job_endpoints(JobDesk())
REFERENCE: Final = Path(__file__).parents[2] / "docs" / "reference.md"
_OVER_HTTP: Final = {
    "products-get": "product",
    "products-similar": "similar",
    "products-put": "put_product",
    "products-delete": "delete_product",
}
"""Operation ids where they differ from the endpoint's name."""
_ALSO_OVER_NATS: Final = {"readyz": subjects.READY}
_METHODS: Final = ("get", "post", "put", "delete")
_BOUNDS: Final = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "up to {}",
    "minLength": "{} characters or more",
    "maxLength": "up to {} characters",
    "maxItems": "up to {} of them",
    "pattern": "as `{}`",
}
_INTRODUCTION: Final = f"""# Reference of the API and the messages

Made from the contract by `python -m tests.functional.reference_document`; a test compares. Shapes
are the same over HTTP and NATS. Over HTTP a photo is the form field `image` and the parameters are
the form field `params`, as JSON; `GET` takes them in the query. Over NATS the payload is the photo
or the product's id and the parameters are the header `Lookalike-Params`, or all of it is one JSON
payload: `image` in base64 or `id`, and `params`.

In a query a list is a name repeated: `categories=dress&categories=skirt`. Path and query together
may have {schemas.MAX_ADDRESS_CHARS:,} characters (a proxy of yours may take fewer), some 580 ids
like `demo-dress-0001` in the `exclude` of `similar`. The Python client refuses more as
`bad_request`; they go over NATS, to a worker without `--http-url`.

`image_url` in replies is an address of the HTTP door without its host, as long as
`gateway: public_url` in serve_config.yaml does not put one before it.
"""
_IN_PLAIN_TEXT: Final = f"""\
What stands before the service over HTTP answers in plain text: 400 (an address longer than it
takes; {schemas.MAX_ADDRESS_CHARS:,} characters are safe), 404 with `/-/routes` in it (the service
is starting), 500 (nobody takes the request). Take the last two, and a connection that ends without
an answer, for `unavailable`: of a change nobody knows then whether it was made.
"""


def document() -> str:
    """The whole reference, in Markdown."""
    operations = {
        operation["operationId"]: (f"{method.upper()} {path}", operation)
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    }
    types: dict[str, dict[str, Any]] = {}
    endpoints = [_endpoint(spec, operations, types) for spec in (*ENDPOINTS, *_JOB_ENDPOINTS)]
    shown = {_OVER_HTTP.get(spec.name, spec.name) for spec in ENDPOINTS}
    others = [
        f"| `{address}` | {_also(name)} | {_sentence(operation['description'])} |"
        for name, (address, operation) in operations.items()
        if name not in shown
    ]
    parts = [
        _INTRODUCTION,
        "## Requests\n",
        *endpoints,
        "### Of the service itself\n",
        "| HTTP | NATS | |\n|---|---|---|\n" + "\n".join(others) + "\n",
        "## Shapes\n",
        *(_shape(name, schema) for name, schema in sorted(types.items())),
        _headers(),
        _errors(),
        _limits(),
    ]
    return "\n".join(parts)


def _endpoint(
    spec: EndpointSpec,
    operations: dict[str, tuple[str, dict[str, Any]]],
    types: dict[str, dict[str, Any]],
) -> str:
    address = operations.get(_OVER_HTTP.get(spec.name, spec.name), ("NATS alone", {}))[0]
    request = None if spec in _JOB_ENDPOINTS else spec.request.model_fields.get("params")
    params = request.annotation if request is not None else spec.request
    asked = _collect(params, "validation", types)
    answered = _collect(spec.reply, "serialization", types)
    lines = [f"### {spec.name}\n", f"{spec.summary}\n", "| | |", "|---|---|"]
    lines += [f"| HTTP | `{address}` |", f"| NATS | `{spec.subject}` |"]
    lines += [f"| parameters | {asked} |", f"| reply | {answered} |", ""]
    return "\n".join(lines)


def _collect(wire_type: Any, mode: Any, types: dict[str, dict[str, Any]]) -> str:
    """Note a type and all that it is made of; how it is called."""
    assert isinstance(wire_type, type)
    assert issubclass(wire_type, BaseModel)
    if wire_type is schemas.Wire:
        return "none"
    schema = wire_type.model_json_schema(mode=mode)
    for name, part in schema.pop("$defs", {}).items():
        types.setdefault(name, part)
    types.setdefault(wire_type.__name__, schema)
    return _link(wire_type.__name__)


def _shape(name: str, schema: dict[str, Any]) -> str:
    lines = [f"### {name}\n"]
    if text := schema.get("description", ""):
        lines.append(f"{_sentence(text)}\n")
    if "enum" in schema:
        return "\n".join([*lines, f"{_kind(schema)}\n"])
    required = schema.get("required", [])
    lines += ["| field | | default | |", "|---|---|---|---|"]
    for field, part in schema.get("properties", {}).items():
        default = "required" if field in required else _default(part)
        about = _sentence(part.get("description", ""))
        lines.append(f"| `{field}` | {_kind(part)} | {default} | {about} |")
    return "\n".join([*lines, ""])


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}{_bounds(schema)}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"object of {_kind(inner)}" if isinstance(inner, dict) else "object"
    return f"{schema.get('type', 'anything')}{_bounds(schema)}"


def _bounds(schema: dict[str, Any]) -> str:
    told = [
        text.format(str(schema[name]).replace("|", "\\|"))
        for name, text in _BOUNDS.items()
        if name in schema
    ]
    return f" ({', '.join(told)})" if told else ""


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    return "" if value is None else f"`{value}`"


def _also(operation: str) -> str:
    subject = _ALSO_OVER_NATS.get(operation)
    return f"`{subject}`" if subject else ""


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _sentence(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _constants(module: Any, ending: str) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in vars(module).items() if name.endswith(ending))


def _headers() -> str:
    rows = [
        f"| `{value}` | {_sentence(_docstrings(module)[name])} |"
        for module in (schemas, credentials, subjects)
        for name, value in _constants(module, "_HEADER")
    ]
    return "\n".join(["## Headers\n", "| header | |", "|---|---|", *rows, ""])


def _docstrings(module: Any) -> dict[str, str]:
    """The strings below a module's constants."""
    lines = ast.parse(inspect.getsource(module)).body
    return {
        ast.unparse(line.target if isinstance(line, ast.AnnAssign) else line.targets[0]): str(
            text.value.value
        )
        for line, text in pairwise(lines)
        if isinstance(line, ast.AnnAssign | ast.Assign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def _errors() -> str:
    rows = [
        f"| `{kind.code}` | {kind.http_status} | {_sentence(kind.__doc__ or '')} |"
        for kind in ERROR_TYPES
    ]
    head = ["## Errors\n", "| code | HTTP, and `Nats-Service-Error-Code` | |", "|---|---|---|"]
    return "\n".join([*head, *rows, "", _IN_PLAIN_TEXT])


def _limits() -> str:
    rows = [
        f"| {name.removeprefix('MAX_').lower().replace('_', ' ')} | {value:,} |"
        for name, value in (*vars(schemas).items(), *vars(jobs).items())
        if name.startswith("MAX_")
    ]
    rows += [
        f"| deadline s (not sent: {GatewayArgs().default_deadline_s:g}) | "
        f"{GatewayArgs().max_deadline_s:g} |",
        f"| smallest side of a crop, px | {MIN_CROP_PX} |",
    ]
    return "\n".join(["## Limits\n", "| most | |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    REFERENCE.write_text(document())
