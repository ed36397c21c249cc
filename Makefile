# Everything a person types; `make` alone lists it.

# Any from 3.11 on, for example: make test PYTHON=python3.13
PYTHON ?= $(shell scripts/python)
PORT ?= 8000
SEED ?=
# Words of the rows that `make bench` measures; empty = all of them.
ROWS ?=
# How many mutated files `make fuzz` makes; the share of `make test` is set in the tests.
FUZZ ?= 10000
# How many seconds `make chaos` goes on.
CHAOS ?= 300
# Of `make simulate`: how many lives, how many steps in each, and the number of the first.
SEEDS ?= 200
STEPS ?= 500
FROM ?= 0
# Of `make kill`: how often the service is killed, and in how many set-ups.
KILLS ?= 210
SETUPS ?= 6
# What pytest is given besides its settings in pyproject.toml, for example: make test ARGS="-k slots -x"
ARGS ?= -n 2 --dist worksteal

# Modules are compiled once, not by each of the processes that a suite starts.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz pages chaos security bench check format words migration lock clean simulate planted kill

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## try it: sandbox calendar and service on loopback; PORT=8000, SEED=FILE for a world of your own
	@$(PYTHON) scripts/install.py run
# Ctrl-C goes to everything in the terminal; the shell between must not die before the demo has tidied up.
	@trap : INT; .venv/bin/greenblock demo --port "$(PORT)"$(if $(SEED), --seed "$(SEED)") || [ $$? = 130 ]

test: ## the whole test suite, browser and PostgreSQL included; ARGS="-k name" for a part
	@$(PYTHON) scripts/install.py dev
	@scripts/test-parts
	@.venv/bin/pytest $(ARGS)

fuzz: ## 10,000 mutated calendar files, and all generated series beside second opinions; FUZZ=N for fewer files
	@$(PYTHON) scripts/install.py dev
	@FULL=1 .venv/bin/pytest -n 2 -rP tests/scheduler/test_recurrence_rules.py tests/scheduler/test_recurrence_second_opinion.py tests/scheduler/test_plan_zones.py
	@FUZZ="$(FUZZ)" .venv/bin/pytest tests/fuzz -n 2 -rP

security: ## what must be refused, in full; every guard switched off once; semgrep, dependency audit and SBOM
	@$(PYTHON) scripts/install.py dev
	@scripts/test-parts
	@PYTHON="$(PYTHON)" scripts/security-tools
	@.venv/bin/python -m tests.security $(ARGS)

pages: ## every page in every state in four looks and in German: accessibility in full, pictures in artefacts/ (make test runs a share)
	@$(PYTHON) scripts/install.py dev
	@scripts/test-parts
	@FULL=1 .venv/bin/pytest -n 0 -rP tests/browser/test_every_page.py

chaos: ## five minutes of killed workers on PostgreSQL under load; CHAOS=N for other seconds (make test runs 20)
	@$(PYTHON) scripts/install.py dev
	@scripts/test-parts
	@CHAOS="$(CHAOS)" .venv/bin/pytest tests/chaos -n 0 -rP

simulate: ## 100,000 steps of invented lives in which everything breaks; SEEDS=200 STEPS=500 FROM=0
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/python -m tests.simulation --seeds "$(SEEDS)" --steps "$(STEPS)" --from "$(FROM)"

kill: ## the served service killed with SIGKILL 210 times while it is used: nothing lost, nothing doubled; KILLS=N, SETUPS=N
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/python -m tests.kill --kills "$(KILLS)" --setups "$(SETUPS)" --from "$(FROM)"

planted: ## every mistake planted on purpose, and which invariant of the simulation found it
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/python -m tests.simulation.planting

bench: ## how fast, in one table, and the first read of 50,000 entries; fails where a promised limit is broken; ROWS="series" for a part
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/python -m tests.bench $(ROWS)

check: ## formatting, lint, types, import rules
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/bandit -q -c pyproject.toml -r app integrations scheduler migrations scripts

format: ## put the code into the form that `make check` asks for
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

words: ## collect every message to be translated into app/locale
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/python scripts/words.py

migration: ## write the next migration from the tables; WHY="what it is for"
	@$(PYTHON) scripts/install.py dev
	@.venv/bin/python -m migrations.new "$(WHY)"
	@.venv/bin/ruff check -q --fix migrations; .venv/bin/ruff format -q migrations

lock: ## write the lock files anew from pyproject.toml (needs uv); make lock UPGRADE=--upgrade takes newer versions
	@command -v uv > /dev/null || { echo "make lock needs uv on the PATH: pipx install uv" >&2; exit 1; }
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 $(UPGRADE) pyproject.toml --extra build -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 $(UPGRADE) pyproject.toml --extra build --extra dev -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 $(UPGRADE) --group security -o requirements-security.lock

clean: ## remove what was installed and what tools left behind; data and settings stay
	rm -rf .venv .venv-security .make .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache artefacts
	find app integrations scheduler migrations tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
