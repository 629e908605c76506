# Needs Python 3.11 to 3.13, make and a C compiler; everything else is installed into .venv.
# With several Pythons: make test PYTHON=python3.13 VENV=.venv-3.13
# For another machine: make offline-bundle FOR=linux-x86_64|linux-aarch64|windows-x86_64 [GLIBC=2.28] [FOR_PYTHON=3.12]

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One more than there are cores: tests wait for browsers, Spark and LibreOffice.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
ROSTER := examples/taiyuan-2017.xlsx
DEMO := build/demo
FUNDCALC := FUNDCALC_LEDGER=fundcalc.db $(abspath $(BIN))/fundcalc

# durable-rules calls a C function that Python 3.13 no longer has under that name.
DURABLE_FLAGS := -DPyEval_CallObject=PyObject_CallObject

.DEFAULT_GOAL := help
.PHONY: help demo desk test coverage mutants bench lint format reference pictures docs wheel offline-bundle spark
.PHONY: lock clean
.DELETE_ON_ERROR:

help: ## this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' $(MAKEFILE_LIST) | \
		while read -r target text; do printf '  %-15s %s\n' "$$target" "$$text"; done

demo: $(READY) $(ROSTER) ## compute the example roster of 890 villages and explain one of them
	@rm -rf $(DEMO) && mkdir -p $(DEMO)/rosters && cp $(ROSTER) $(DEMO)/rosters
	@cd $(DEMO) && $(FUNDCALC) roster intake rosters -o intake.toml >/dev/null 2>&1
	@echo "==> Computing $(ROSTER)"
	@cd $(DEMO) && $(FUNDCALC) run intake.toml --details \
		-o taiyuan-2017.result.xlsx -o taiyuan-2017.result.csv
	@echo "==> Explaining one village, 鹰落沟"
	@cd $(DEMO) && $(FUNDCALC) explain 鹰落沟 --run last
	@cd $(DEMO) && $(FUNDCALC) report last -o report.html 2>/dev/null
	@echo "==> The results (of invented data): workbook, table, report, record of the run"
	@ls $(DEMO)/taiyuan-2017.result.* $(DEMO)/report.html $(DEMO)/fundcalc.db
	@echo "==> To go on in a browser with this roster and its record: make desk"

desk: $(READY) ## open the demo's folder in a browser: the whole job, from rosters to papers
	@test -f $(DEMO)/intake.toml || $(MAKE) --no-print-directory demo
	@$(BIN)/fundcalc desk $(DEMO)

test: lint ## run all checks and tests
	@echo "==> fundcalc test: the policy's own cases"
	@$(BIN)/fundcalc test
	@echo "==> pytest: the tests of the program"
	@# Commands that tests start would else compile the program each time where nothing may be cached.
	@$(BIN)/python -m compileall -q src cli
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --durations=25

coverage: $(READY) ## run all tests and fail where too few branches of src/ are reached
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(BIN)/coverage run -m pytest -q -n auto --dist loadgroup
	@# Processes that tests kill leave broken measurements, which are left out.
	@$(BIN)/coverage combine --quiet 2>/dev/null
	@$(BIN)/python -m benchmarks.branches

mutants: build/mutation/ready ## put small faults into the code and count those that tests see (hours)
	@$(BIN)/python -m benchmarks.mutation $(MUTANTS)

bench: $(READY) build/bench/ready ## measure speed, memory and growth (half an hour; BENCH=--quick: some minutes)
	@$(BIN)/python -m benchmarks $(BENCH)

lint: $(READY) ## check style, types and the order of the packages
	@echo "==> ruff check: faults and style"
	@$(BIN)/ruff check --quiet .
	@echo "==> ruff format --check: layout"
	@$(BIN)/ruff format --quiet --check . || { echo "Run 'make format'."; exit 1; }
	@echo "==> mypy --strict: types"
	@$(BIN)/mypy --strict src cli
	@echo "==> tombi lint: the policy files against their schemas"
	@$(BIN)/tombi lint --offline --quiet policies.toml rules
	@echo "==> fundcalc fmt --check: layout of the policy files"
	@$(BIN)/fundcalc fmt --check . 2>/dev/null || { echo "Run 'fundcalc fmt'."; exit 1; }
	@echo "==> lint-imports: each package imports only from below"
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## lay out the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

reference: $(READY) ## write docs/reference/, diagnostics, schemas and the house's picture anew
	@$(BIN)/python docs/reference/make.py
	@$(BIN)/python docs/pictures/house.py
	@$(BIN)/fundcalc rule --format markdown > docs/diagnostics.md
	@$(BIN)/fundcalc schema -o schema >/dev/null

pictures: $(READY) ## take the pictures of docs/pictures/ anew (Chromium, its driver, LibreOffice, poppler-utils)
	@$(BIN)/python docs/pictures/make.py

docs: $(READY) build/docs/ready ## the pages as a site that needs no network, in build/docs/site/
	@echo "==> Looking at links and commands"
	@$(BIN)/python -m pytest -q tests/documents/test_links.py tests/documents/test_commands.py
	@mkdir -p build/docs/pages
	@NO_MKDOCS_2_WARNING=1 build/docs/venv/bin/mkdocs --quiet build --strict -f docs/site/mkdocs.yml
	@echo "==> Looking whether any page asks the network for something"
	@$(BIN)/python -m pytest -q tests/documents/test_site.py
	@echo "==> build/docs/site/index.html"

spark: $(VENV)/spark ## add Spark to the environment (needs Java), so that its tests run too

wheel: $(READY) ## build the source archive, and from it the wheel, into dist/
	@$(BIN)/python -m build --no-isolation

offline-bundle: $(READY) ## wheels and a starter without network, in build/offline/ (FOR=windows-x86_64)
	@CPPFLAGS="$$CPPFLAGS $(DURABLE_FLAGS)" $(BIN)/python bundles/make.py $(FOR) \
		$(if $(GLIBC),--glibc $(GLIBC)) $(if $(FOR_PYTHON),--python $(FOR_PYTHON)) -o build/offline

lock: ## choose the newest versions again and write the lock files (UPGRADE=: keep those that do)
	@echo "==> Installing uv into build/lock"
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	@echo "==> Writing the lock files"
	@$(LOCK) --group test --extra database --extra desk --extra duckdb --extra lsp -o requirements.lock pyproject.toml
	@$(LOCK) --group build -c requirements.lock -o requirements-build.lock
	@$(LOCK) --group docs -c requirements.lock -o requirements-docs.lock
	@$(LOCK) --extra spark -c requirements.lock -o requirements-spark.lock pyproject.toml

# Emits hashes for every platform and supported Python, and no name of an index.
UPGRADE ?= --upgrade
LOCK = build/lock/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

clean: ## remove everything that was made, the environment too
	@rm -rf build dist $(VENV) .coverage .hypothesis .import_linter_cache
	@rm -rf .mypy_cache .pytest_cache .ruff_cache
	@find src cli tests examples -name __pycache__ -prune -exec rm -rf {} +

$(ROSTER): | $(READY)
	@echo "==> Making $@"
	@$(BIN)/python examples/make_taiyuan.py -o $@

# The environment. Two steps: what builds packages first, so that builds are locked as well.
$(READY): requirements.lock requirements-build.lock pyproject.toml
	@echo "==> Checking for Python 3.11 to 3.13 and a C compiler"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
		echo "fundcalc needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is" \
			"$$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments (on Debian: install python3-venv)."; exit 1; }
	@command -v $${CC:-cc} >/dev/null || command -v gcc >/dev/null || { \
		echo "No C compiler (cc or gcc) found. durable-rules needs one: install gcc" \
			"(without one: docs/platforms.md)."; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig as s; \
			sys.exit(not os.path.exists(s.get_path("include") + "/Python.h"))' || { \
		echo "Python.h is missing; durable-rules needs it (on Debian: install python3-dev)."; exit 1; }
	@echo "==> Making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "==> Installing the locked packages (a minute or so, once)"
	@$(PIP) install --require-hashes -r requirements-build.lock
	@CPPFLAGS="$$CPPFLAGS $(DURABLE_FLAGS)" $(PIP) install --require-hashes \
		--use-pep517 --no-build-isolation -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src cli
	@$(BIN)/python -W ignore -c 'import durable.engine' || { echo "durable-rules was built for" \
		"another Python. Run: $(PYTHON) -m pip cache remove durable_rules"; exit 1; }
	@touch $@

# The peers' environment. Where they cannot be installed, they are left out and the page says so.
build/bench/ready: benchmarks/requirements.txt | $(READY)
	@echo "==> Installing the peers into build/bench/venv (some minutes, once)"
	@mkdir -p build/bench
	@$(PYTHON) -m venv --clear build/bench/venv
	@build/bench/venv/bin/python -m pip --disable-pip-version-check --quiet install \
		-r benchmarks/requirements.txt || { rm -rf build/bench/venv; \
		echo "The peers could not be installed; they are left out."; }
	@touch $@

# What makes the site, in an environment of its own.
build/docs/ready: requirements-docs.lock requirements-build.lock | $(READY)
	@echo "==> Installing mkdocs into build/docs/venv"
	@mkdir -p build/docs
	@$(PYTHON) -m venv --clear build/docs/venv
	@build/docs/venv/bin/python -m pip --disable-pip-version-check --quiet install \
		--require-hashes -r requirements-build.lock
	@build/docs/venv/bin/python -m pip --disable-pip-version-check --quiet install \
		--require-hashes --use-pep517 --no-build-isolation -r requirements-docs.lock
	@touch $@

# mutmut in an environment of its own, which looks into the locked one for all else.
build/mutation/ready: benchmarks/mutation/requirements.txt | $(READY)
	@echo "==> Installing mutmut into build/mutation/venv"
	@mkdir -p build/mutation
	@$(PYTHON) -m venv --clear build/mutation/venv
	@build/mutation/venv/bin/python -m pip --disable-pip-version-check --quiet install \
		-r benchmarks/mutation/requirements.txt
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
		"$$(build/mutation/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/locked.pth"
	@touch $@

$(VENV)/spark: $(READY) requirements-spark.lock
	@echo "==> Installing Spark"
	@CPPFLAGS="$$CPPFLAGS $(DURABLE_FLAGS)" $(PIP) install --require-hashes \
		--use-pep517 --no-build-isolation -r requirements-spark.lock
	@touch $@
