"""The gateway under load, beside the least that its framework can answer."""
