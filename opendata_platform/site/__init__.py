"""The documentation site: the pages that are made from the code, and what the site builder calls.

Not here: the pages that people write (`docs/`), and how they are laid out (`mkdocs.yml`).
"""
