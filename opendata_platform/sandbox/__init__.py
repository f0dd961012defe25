"""A local server that speaks the wire formats of the sources and misbehaves on request."""

from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sandbox.server import Asked, Sandbox, serve

__all__ = ["Asked", "Recordings", "Sandbox", "serve"]
