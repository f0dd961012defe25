"""The registry and gateway: what a bucket alone cannot do, over HTTP.

Registration, resolution, presigned URLs, publishing without storage credentials, keys, limits and run reports. The core
knows of no framework; `app` puts it behind HTTP, `serve` behind a port.
"""
