"""A gateway behind a port: uvicorn, until it is told to stop."""

from __future__ import annotations

import uvicorn

from opendata_platform.gateway.app import create_app
from opendata_platform.gateway.observe import log_to_stderr
from opendata_platform.gateway.services import open_services
from opendata_platform.gateway.settings import Settings

GRACE_SECONDS = 30
"""How long a stop waits for requests that are being answered; what is cut off may be asked again."""
MOST_CONNECTIONS = 512


def serve(settings: Settings, host: str, port: int, proxies: str, log_level: str) -> None:
    """Serve until SIGTERM or SIGINT. `proxies` are the addresses whose X-Forwarded-For is believed."""
    log_to_stderr(log_level)
    app = create_app(open_services(settings), settings.public_url)
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
