# OpenData: every task of the project. `make help` lists them.
# Needs Python 3.11, Node 20 with npm, git and make; uv is used if it is there and otherwise installed into .tools.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV ?= $(shell command -v uv || echo .tools/bin/uv)

# A larger set of recorded samples for the sandbox, if there is one beside the checkout.
export OPENDATA_SANDBOX_RECORDINGS ?= $(wildcard ../shared/data)
# Dagster keeps its runs beside the embedded store, under the working directory.
export DAGSTER_HOME ?= $(CURDIR)
export DAGSTER_DISABLE_TELEMETRY ?= yes
# Three workers keep two cores busy while tests wait for processes and servers. Each goes through a stretch of the
# suite, so that what the tests of a module share is made once, and takes over from the others when it is done.
PYTEST = $(UV) run --no-sync pytest -n 3 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test test-long check format bench docs portal edge pages docs-serve reference clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.synced ## install everything that the project needs into .venv

.venv/.synced: $(UV) pyproject.toml opendata_sdk/pyproject.toml uv.lock
	$(UV) sync --locked
	@touch $@

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet 'uv>=0.9'

demo: setup ## fetch, check and publish the official datasets, then say where to look
	$(UV) run --no-sync odp demo

dev: setup ## open the Dagster UI with the daemon on http://127.0.0.1:3000
	$(UV) run --no-sync dagster dev --workspace workspace.yaml

test: setup portal/node_modules/.package-lock.json ## run the tests
	cd portal && npm test --silent
	$(PYTEST)

test-long: setup ## run the long suites too: random schedules, kill loops, soak
	$(PYTEST) -m 'slow or not slow'

check: setup portal/node_modules/.package-lock.json ## format, lint, types and dependency direction
	cd portal && npm run --silent check
	$(UV) run --no-sync ruff format --check .
	$(UV) run --no-sync ruff check .
	$(UV) run --no-sync mypy
	$(UV) run --no-sync lint-imports

format: setup ## format the code and mend what the linter can
	$(UV) run --no-sync ruff format .
	$(UV) run --no-sync ruff check --fix .

bench: setup ## run every benchmark and print its figures
	$(UV) run --no-sync python -m benchmarks

# The tools of the site live in an environment of their own: they need nothing of the project.
MKDOCS = NO_MKDOCS_2_WARNING=1 UV_PROJECT_ENVIRONMENT=.tools/docs $(UV) run --quiet --locked --only-group docs mkdocs

docs: $(UV) ## build the documentation site into site/
	$(MKDOCS) build --strict

portal/node_modules/.package-lock.json: portal/package.json portal/package-lock.json
	cd portal && npm ci --no-audit --no-fund
	@touch $@

# Where the portal will be, and the store (URL or folder) that its pages are made from and, at a URL, read from. Without
# a store named here it is the embedded one, once `odp portal build` has run on it.
PORTAL_URL ?= http://127.0.0.1:8080/
PORTAL_STORE ?= $(if $(wildcard .opendata/storage/portal/search.json),.opendata/storage)

portal: setup portal/node_modules/.package-lock.json ## build the portal into portal/dist
	cd portal && npm run --silent build && npm run --silent budgets
	$(if $(PORTAL_STORE),$(UV) run --no-sync odp portal prerender --site-url '$(PORTAL_URL)' --store '$(PORTAL_STORE)')

edge/node_modules/.package-lock.json: edge/package.json edge/package-lock.json
	cd edge && npm ci --no-audit --no-fund
	@touch $@

edge: edge/node_modules/.package-lock.json ## install the Worker of the edge and check its types
	cd edge && npm run check

pages: docs portal ## build the documentation with the portal in it, as it is shown to the world
	rm -rf site/portal
	cp -r portal/dist site/portal

docs-serve: $(UV) ## show the documentation on http://127.0.0.1:8000 and follow changes
	$(MKDOCS) serve

reference: setup ## write the pages of docs/reference that are made from the code
	$(UV) run --no-sync python -m opendata_platform.site.reference

clean: ## remove the environments, the embedded store, Dagster's runs and the site
	rm -rf .venv .tools .opendata site
