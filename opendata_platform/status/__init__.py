"""The status matrix: what of each module is complete, partial, missing or not applicable on a trade date.

Rules are data (`rules`), facts are read from published tables only (`facts`), cells are computed by `matrix`, kept as a
dataset (`table`), and shown as `portal/status.json` (`summary`) and by `odp status` (`show`).
"""
