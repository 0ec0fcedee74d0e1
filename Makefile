# Everything that is needed beyond git, make and Python >= 3.11 is brought here, into this directory: `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

UV_VERSION := 0.13.9
PORT ?= 8600
ARCH ?= arm64
PARAMETERS ?=
ARGS ?=

# Settings of the machine must neither leak into lock files nor change what is installed.
unexport PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_FIND_LINKS PYTHONPATH VIRTUAL_ENV
export SAM_CLI_TELEMETRY := 0
export UV_NO_PROGRESS := 1

UV := .tools/uv-$(UV_VERSION)/bin/uv
PY := .venv/bin/python

# A real CPython 3.13: a pyenv shim answers to the name but may refuse to run, so each candidate is asked. Where none
# is found uv brings one.
PYTHON313 := $(shell for p in $$(type -ap python3.13) "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do \
	if [ -x "$$p" ] && "$$p" -c 'import sys; assert sys.version_info[:2] == (3, 13); print(sys.executable)' 2>/dev/null; then break; fi; done)
ifneq ($(PYTHON313),)
export UV_PYTHON_DOWNLOADS := never
UV_PYTHON_ARG := --python $(PYTHON313)
else
UV_PYTHON_ARG := --python 3.13
endif

NO_PYTHON = echo "No Python 3.13 was found, and uv could not bring one: install Python 3.13, then try again."; exit 1

##@ Use

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: tools ## Build, deploy to the local cloud, walk the main job and serve it (PORT=8600) until Ctrl-C
	@exec $(PY) -m local.start --port $(PORT)

reset: ## Forget the state of the local cloud
	@rm -rf .local && echo "The local cloud is empty again."

##@ Develop

tools: .venv/.stamp .tools/sam/.stamp .tools/cloud/.stamp ## Install what the other targets need

test: .venv/.stamp ## Run the tests (ARGS='-k name')
	$(PY) -m pytest --ignore=tests/e2e -n auto --dist worksteal $(ARGS)

check: .venv/.stamp ## Lint, strict types, template rules, lock files
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/cfn-lint
	$(PY) -m local.openapi --check
	$(PY) -m pytest -q tests/template tests/unit/test_import_rules.py

openapi: .venv/.stamp ## Write functions/api_docs/openapi.json from what the rooms say of their routes
	$(PY) -m local.openapi

fix: .venv/.stamp ## Let ruff format and repair what it can
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

e2e: tools ## Deploy afresh to a local cloud of its own and test it over HTTP (ARGS='-k name')
	$(PY) -m pytest tests/e2e $(ARGS)

bench: .venv/.stamp ## Measure everything, or only some (ARGS='bills conversations')
	$(PY) -m bench $(ARGS)
	@[ -n "$(ARGS)" ] || $(MAKE) bench-agitation

conformance: .venv/.stamp ## Explain every document of a suite: make conformance SUITE=dir
	@[ -n "$(SUITE)" ] || { echo "Say which suite: make conformance SUITE=dir"; exit 2; }
	$(PY) -m bench.conformance "$(SUITE)" $(ARGS)

train: .tools/bench/.stamp $(if $(TUNE),.tools/tune/.stamp) ## Train the agitation engine anew (DATA=dir; TUNE=1 tunes the encoder first, best on a GPU)
	@[ -n "$(DATA)" ] || { echo "Say where the public data are: make train DATA=dir (see docs/model_card.md)"; exit 2; }
ifneq ($(TUNE),)
	.tools/tune/bin/python -m training.agitation.pack --data "$(DATA)" --out .tools/tune/pack.npz
	.tools/tune/bin/python -m training.agitation.finetune --pack .tools/tune/pack.npz --fold --out .tools/tune/fold.npz
	.tools/tune/bin/python -m training.agitation.finetune --pack .tools/tune/pack.npz --out .tools/tune/tuned.npz
endif
	.tools/bench/bin/python -m training.agitation.train --data "$(DATA)" $(ARGS) \
		$(if $(TUNE),--tuned .tools/tune/tuned.npz --tuned-fold .tools/tune/fold.npz)

bench-agitation: .tools/bench/.stamp ## Measure the agitation engine on held-out messages, beside others (DATA=dir)
	.tools/bench/bin/python -m bench.agitation $(if $(DATA),--data "$(DATA)") $(ARGS)

##@ Deliver

build: tools ## Build what goes to AWS, into .aws-sam/build (ARCH=x86_64)
	@$(PY) -m local.build --parameter-overrides Arch=$(ARCH)

deploy: build ## Deploy to AWS (ARGS='--region eu-central-1' PARAMETERS='LogLevel=DEBUG …')
	.tools/sam/bin/sam deploy --parameter-overrides Arch=$(ARCH) $(PARAMETERS) $(ARGS)

lock: $(UV) ## Lock the dependencies declared in pyproject.toml (ARGS=--upgrade)
	@$(COMPILE) pyproject.toml -o shared/requirements.txt
	@$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	@$(COMPILE) --group sam -o requirements/sam.txt
	@$(COMPILE) --group cloud -o requirements/cloud.txt
	@$(COMPILE) --group bench -o requirements/bench.txt
	@$(COMPILE) --group tune -o requirements/tune.txt
	@for f in functions/*/requirements.in layers/*/requirements.in; do [ -e "$$f" ] || continue; $(COMPILE) "$$f" -o "$${f%.in}.txt"; done
	@! grep -nE '(https?|file)://|--(find-links|index-url|extra-index-url)' requirements/*.txt shared/requirements.txt

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.13 --custom-compile-command 'make lock' $(ARGS)

clean: ## Remove everything that was installed or built here, but keep the local cloud's state
	rm -rf .venv .tools .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis

# ---------------------------------------------------------------------------------------------- how tools get here

$(UV):
	@command -v python3 >/dev/null || { echo "Python 3.11 or newer is needed, as python3 on the PATH."; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; python3 is $$(python3 -V)."; exit 1; }
	@echo "Installing uv $(UV_VERSION) …"
	@python3 -m venv .tools/uv-$(UV_VERSION) || { echo "python3 cannot make virtual environments: install python3-venv."; exit 1; }
	@.tools/uv-$(UV_VERSION)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.stamp: $(UV) requirements/dev.txt pyproject.toml
	@echo "Installing the project's environment …"
	@[ -x .venv/bin/python ] || $(UV) venv --quiet $(UV_PYTHON_ARG) .venv || { $(NO_PYTHON); }
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

.tools/%/.stamp: requirements/%.txt $(UV)
	@echo "Installing the environment of $* …"
	@[ -x .tools/$*/bin/python ] || $(UV) venv --quiet $(UV_PYTHON_ARG) .tools/$* || { $(NO_PYTHON); }
	@$(UV) pip sync --quiet --python .tools/$* --require-hashes requirements/$*.txt
	@touch $@

.PHONY: help run reset tools test check openapi fix e2e bench bench-agitation conformance train build deploy lock clean
.PRECIOUS: .tools/%/.stamp
