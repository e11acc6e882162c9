# Every target installs what it needs first (.ci/bootstrap says what it does) and runs from a clean checkout.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# N= how many, SEED= the seed, OUT= a folder that keeps what was made: the same words for every target.
ARGS = $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED)) $(if $(OUT),--out $(OUT))

.PHONY: help demo test lint bench hostile fuzz torture replay trials updates rush mutants race deb packages boot board monitoring homeassistant newer lock clean enrol fleet

# They start programs by the hundred, which would each compile every module where Python is told to keep no bytecode.
enrol torture trials: export PYTHONDONTWRITEBYTECODE :=
enrol torture trials: export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode

help: ## say what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

demo: ## a whole gate on this machine: people walk up, the door answers, a broker hears of it (SEED= N= OUT=)
	@.ci/bootstrap
	@$(PYTHON) -m provisioning.demo $(ARGS)

enrol: ## from a blank board to a working gate: office, broker, sheet before the camera, bad sheets, kills (SEED= N= OUT=)
	@.ci/bootstrap
	@$(PYTHON) -m provisioning.trial $(ARGS)

test: ## every test of the default tier, minutes, with branch coverage by room (TESTS=)
	@.ci/bootstrap --bench
	@$(if $(TESTS),$(PYTHON) -m pytest $(TESTS),.ci/test)

lint: ## style, types and import rules
	@.ci/bootstrap --dev
	@.ci/lint

bench: ## measure against the budgets, side by side with other libraries (ONLY=formats,verify N= SEED= OUT=)
	@.ci/bootstrap --bench
	@$(PYTHON) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

torture: ## kill, starve and mislead a running gate and see that the door stays right (N= SEED= OUT=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.torture $(ARGS)

hostile: ## a million hostile codes over all formats, every named attack, a whole gate before ten thousand; nothing opens (N= SEED=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.hostile $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED))
	@GAPURA_FULL=1 $(PYTHON) -m pytest -p no:cacheprovider -q tests/hostile/test_door_codes.py

fuzz: ## search every parser with libFuzzer, so many minutes each (MINUTES=10 TARGET= SEED= OUT=out/fuzz; x86-64)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.hostile.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(if $(TARGET),--target $(TARGET)) $(if $(SEED),--seed $(SEED)) $(if $(OUT),--out $(OUT))

replay: ## a hundred thousand decisions of a gate process, each made again from its record, and with a rule changed (N= SEED= OUT=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.replay $(ARGS)

trials: ## every test of a whole gate in processes of its own, in want, under commands, before bad lists and brokers
	@.ci/bootstrap --dev
	@$(PYTHON) -m pytest -p no:cacheprovider --durations=12 -m trial tests/broker tests/torture tests/updating

updates: ## software updates killed at every step and at random, and bad ones, on a gate that runs (N= SEED= OUT=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.updating $(ARGS)

rush: ## minutes of people at a running gate, twenty a minute, and see that no queue grows (MINUTES= SEED= OUT=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.torture.rush $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

deb: ## a Debian package for a gate in dist/ (needs root; ARCH=amd64|arm64 SUITE=bookworm|trixie OUT=)
	@.ci/bootstrap --package
	@$(PYTHON) -m provisioning.packaging $(if $(ARCH),--arch $(ARCH)) $(if $(SUITE),--suite $(SUITE)) $(if $(OUT),--out $(OUT))

packages: ## try a package in a bare root without a network, arm64 by user emulation (needs root; ARCH=arm64 SUITE=trixie)
	@.ci/bootstrap --machine
	@$(PYTHON) -m tests.machine.packages $(if $(ARCH),--arch $(ARCH)) $(if $(SUITE),--suite $(SUITE)) $(if $(SEED),--seed $(SEED))

boot: ## build the package, boot Debian with it under emulation, hang and kill the gate there (needs root; SUITE= SEED= OUT=)
	@.ci/bootstrap --machine
	@$(PYTHON) -m tests.machine.image $(if $(SUITE),--suite $(SUITE)) $(ARGS)

board: ## drivers and gate on a real GPIO chip driver of an emulated arm64 board: limits, kills, who lets go (needs root; N= OUT=)
	@.ci/bootstrap --machine
	@$(PYTHON) -m tests.machine.board $(ARGS)

monitoring: ## the shipped Prometheus and Grafana files in Debian's real programs, behind a real broker (needs root once; SEED=)
	@.ci/bootstrap --monitoring
	@$(PYTHON) -m tests.monitoring $(if $(SEED),--seed $(SEED))

homeassistant: ## a real Home Assistant finds a real gate (fetches 600 MB once; SEED=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.monitoring.home_assistant $(if $(SEED),--seed $(SEED))

newer: ## the tests at a broker once more, with the mosquitto of a newer Debian (SUITE=forky TESTS=tests/broker)
	@.ci/bootstrap --dev
	@PATH="$$(SUITE=$(SUITE) .ci/newer)/bin-start:$$PATH"; mosquitto -h | head -n 1; \
		$(PYTHON) -m pytest -p no:cacheprovider $(or $(TESTS),tests/broker)

mutants: ## break the door's and the rules' code in every way and see that a test notices each (ROOM=door|rules OUT= ONLY='firmware.door.way*')
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.mutants $(if $(ROOM),--room $(ROOM)) $(if $(OUT),--out $(OUT)) $(if $(ONLY),--only '$(ONLY)')

race: ## five gates race for the last places of an area with lost links: bound, worst overshoot, who was kept in (N= SEED=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.unit.rules.race $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED))

fleet: ## a city of 339 gates from one inventory, set up by their sheets, and then with fifteen faults (N= SEED= OUT=)
	@.ci/bootstrap --dev
	@$(PYTHON) -m tests.fleet $(ARGS)

lock: ## write the locks anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@.ci/bootstrap --dev
	@.ci/lock

clean: ## remove what the other targets made, the environment included
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov build dist out
	find firmware hw provisioning tests -name __pycache__ -type d -prune -exec rm -rf {} +
