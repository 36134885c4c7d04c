"""From settings to the gate of a door, and the refusal to open a door without one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from deployments.errors import ServiceError
from deployments.settings import STAGES, AccessArgs
from deployments.workers import WORKERS
from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile, KeyFileError
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope

DEFAULT_PER_MINUTE: Final = 600
"""Some twice the photos that two cores look at in a minute."""
_NOTHING: Final = frozenset[Scope]()
_OURS: Final = frozenset({STAGES, WORKERS})


def gate_of(args: AccessArgs, bound_to: str) -> Gate:
    """The gate of a door that listens on the host `bound_to`."""
    return Gate(rules_of(args, bound_to), KeyRing(args.keys_file))


def rules_of(args: AccessArgs, bound_to: str) -> AccessRules:
    """What the settings mean for a door that listens on the host `bound_to`."""
    guarded = {
        "auto": _NOTHING if is_loopback(bound_to) else frozenset(Scope),
        "always": frozenset(Scope),
        "writes": frozenset({Scope.WRITE}),
        "never": _NOTHING,
    }[args.require_keys]
    per_minute = args.per_minute
    if per_minute is None and (Scope.READ in guarded or not is_loopback(bound_to)):
        per_minute = DEFAULT_PER_MINUTE
    return AccessRules(guarded, per_minute or None)


def check_may_open(door: str, args: AccessArgs, bound_to: str) -> None:
    """Refuse a door that others reach, and that nobody may use.

    Raises: ServiceError that says what to do.
    """
    if Scope.READ not in rules_of(args, bound_to).guarded:
        return
    now = datetime.now(UTC)
    try:
        keys = KeyFile(args.keys_file).read()
    except KeyFileError as error:
        raise ServiceError(str(error)) from None
    if any(key.state(now) == "active" for key in keys):
        return
    where = f"listens on {bound_to}" if bound_to else "may be reached by others (bound_to says not)"
    raise ServiceError(
        f"{door} {where} and asks for API keys, but {args.keys_file} has none that counts: make "
        "one with `lookalike keys add NAME`, or let everybody in with LOOKALIKE_REQUIRE_KEYS=never "
        "(require_keys in the configuration)"
    )


def with_hosts(
    config: Mapping[str, Any], host: str, nats_host: str | None = None
) -> dict[str, Any]:
    """A serve configuration whose applications know where their doors listen."""
    applications = []
    for application in config["applications"]:
        args = dict(application.get("args") or {})
        if application["import_path"] in _OURS or "gateway" in args:
            gateway = dict(args.get("gateway") or {})
            access = dict(gateway.get("access") or {}) | {"bound_to": host}
            args["gateway"] = gateway | {"access": access}
        if application["import_path"] == WORKERS and nats_host is not None:
            args["nats"] = dict(args.get("nats") or {}) | {"bound_to": nats_host}
        applications.append({**application, "args": args})
    return {**config, "applications": applications}


def check_config_may_open(config: Mapping[str, Any]) -> None:
    """As `check_may_open`, for every door of a serve configuration. Raises: ServiceError."""
    for application in config["applications"]:
        args = application.get("args") or {}
        if "gateway" not in args:
            continue
        access = AccessArgs.model_validate(args["gateway"].get("access") or {})
        check_may_open("the HTTP door", access, access.bound_to)
        nats_host = (args.get("nats") or {}).get("bound_to")
        if nats_host:
            check_may_open("the NATS server", access, nats_host)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a door on that host; an unknown name is not."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
