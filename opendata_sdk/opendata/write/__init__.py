"""From a table in memory to the objects of a version, and the hash that says whether its content changed.

`encode` makes data.parquet, schema.json and preview.json of a polars frame and its declared schema; `describe` makes
the latter two of a data.parquet that is there. Nothing here talks
to a store: publishing is `opendata.protocol.publish`. Needs the extras `polars` and `arrow`.
"""

from opendata.write.content import content_hash
from opendata.write.encode import Encoded, describe, encode
from opendata.write.parquet import decode
from opendata.write.types import check_frame

__all__ = ["Encoded", "check_frame", "content_hash", "decode", "describe", "encode"]
