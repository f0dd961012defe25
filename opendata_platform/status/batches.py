"""Which batches of the rollout are on, as the operator's flags in the store say.

Not here: changing the flags.
"""

from __future__ import annotations

from opendata.contract.fields import Fields, parse_json
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import InvalidValue
from opendata.protocol.objects import get
from opendata.protocol.operations import Found, Steps

from opendata_platform.rollout.state import Batch
from opendata_platform.status.matrix import DEFAULT_BATCHES

KEY = object_key(ObjectKind.CONTROL, control="rollout_flags_v1")
FLAGS = {batch.switch: batch.value for batch in (Batch.P0, Batch.P1)}
"""The flags of the batches that the matrix judges."""


def read_batches() -> Steps[frozenset[str]]:
    """The batches that are on; raises InvalidValue when the object cannot be read, which no default may hide."""
    found = yield from get(KEY)
    if not isinstance(found, Found):
        return DEFAULT_BATCHES
    flags = Fields(parse_json(found.body, KEY), KEY).document
    for name in FLAGS:
        if not isinstance(flags.get(name), bool):
            raise InvalidValue(f"{KEY}.{name}", flags.get(name), "must be true or false")
    return frozenset(batch for name, batch in FLAGS.items() if flags[name])
