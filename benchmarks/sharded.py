"""A serve configuration with its catalogue in several shards: it comes with one a machine."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any


def in_shards(config: Mapping[str, Any], shards: int) -> dict[str, Any]:
    """The same with shard-0, shard-1, ..., each with a thread and its part of the processors."""
    sharded: dict[str, Any] = copy.deepcopy(dict(config))
    for application in sharded["applications"]:
        application["args"]["catalog"] |= {"shards": shards, "threads": 1}
    stages = sharded["applications"][0]["deployments"]
    (only,) = [stage for stage in stages if stage["name"] == "shard-0"]
    only["ray_actor_options"]["num_cpus"] /= shards
    stages += [{**copy.deepcopy(only), "name": f"shard-{shard}"} for shard in range(1, shards)]
    return sharded
