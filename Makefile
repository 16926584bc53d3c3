# The commands of the project. `make` or `make help` lists them.
#
# SHOP       the shop folder (default data/sample)
# WAREHOUSE  where its warehouse stands (default warehouse/<name of the shop>)
# KEEP_GENERATIONS   how many published versions are kept (default 3)
# SLOW=1     with the long test suites, as CI runs them
# TO, PARTITION, READER  of make export; docs/connect_your_bi_tool.md
# LOCK_WAIT_SECONDS  how long a command waits for another one (default 60)

SHOP ?= data/sample
export SHOP
export WAREHOUSE ASK AT PARTITION READER SQL TO ACCEPT_COLLAPSE GENERATION KEEP_GENERATIONS LOCK_WAIT_SECONDS SLOW
export DBT_SEND_ANONYMOUS_USAGE_STATS = false
export DO_NOT_TRACK = 1
export DBT_PROFILES_DIR = $(CURDIR)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
PORT ?= 8080
SIZE ?= 1M
RUNS ?= 3

.DEFAULT_GOAL := help
.PHONY: benchmark check export histories help metrics onboard schedule setup spark ingest build publish report status rollback docs query \
	withdraw restore sample test lint format clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: $(VENV)/.ready ## files → warehouse → report: all steps, then the headline figures
	@$(RUN) scripts.pipeline

onboard: $(VENV)/.ready ## write the inputs.yml of a folder from its files, asking what they do not say
	@$(RUN) scripts.onboard

check: $(VENV)/.ready ## what the files would give, before anything is published
	@$(RUN) scripts.check

setup: $(VENV)/.ready ## install, and build the warehouse; then plain dbt commands work
	@$(RUN) scripts.pipeline --without-report

ingest: $(VENV)/.ready ## read new and changed files of the shop
	@$(RUN) scripts.ingest

build: $(VENV)/.ready ## dbt build: models and data tests, then publish
	@$(RUN) scripts.pipeline --without-ingest --without-report

status: $(VENV)/.ready ## what is published, how fresh it is, what was last refused
	@$(RUN) scripts.status

rollback: $(VENV)/.ready ## publish an earlier generation again: GENERATION=n (default: the one before)
	@$(RUN) scripts.rollback

docs: $(VENV)/.ready ## generate and serve dbt's documentation (PORT=8080)
	@$(BIN)/dbt docs generate --quiet
	@$(BIN)/dbt docs serve --host 127.0.0.1 --port $(PORT) --no-browser

metrics: $(VENV)/.ready-metrics ## ask for metrics: make metrics ASK="query --metrics revenue --group-by metric_time__month"
	@$(RUN) scripts.metrics

export: $(VENV)/.ready-export ## write what is published to TO=folder, s3://…, postgresql://… or mysql://…
	@$(RUN) scripts.export

spark: $(VENV)/.ready .venv-spark/.ready ## build the same models with Apache Spark (SPARK_MASTER=spark://… for a cluster)
	@$(RUN) scripts.ingest
	@$(RUN) scripts.spark

schedule: $(VENV)/.ready ## print a crontab line and a systemd timer that run make report once a day (AT=06:00)
	@$(RUN) scripts.schedule

query: $(VENV)/.ready ## ask the published file, read-only: make query SQL="from marts.revenue_by_month order by 1"
	@$(RUN) scripts.query

withdraw: $(VENV)/.ready ## take a file's rows out of the warehouse: FILE=path in the shop
	@$(RUN) scripts.withdraw "$(FILE)"

restore: $(VENV)/.ready ## undo withdraw: FILE=path in the shop
	@$(RUN) scripts.withdraw --restore "$(FILE)"

sample: $(VENV)/.ready ## write the sample shop again (the committed files, byte for byte)
	@$(RUN) scripts.sample

test: $(VENV)/.ready-dev lint ## lint, dbt build with data and unit tests, pytest; SLOW=1 adds the long suites
	@$(RUN) pytest

benchmark: $(VENV)/.ready-dev ## compare with bare DuckDB and pandas: SIZE=1M|10M|100M RUNS=3
	@$(RUN) scripts.benchmark --size "$(SIZE)" --runs "$(RUNS)"

histories: $(VENV)/.ready-dev ## play drawn histories: incremental equals full refresh (HISTORIES=200)
	@$(RUN) pytest -n 0 -s tests/python/test_histories.py -k equals

lint: $(VENV)/.ready-dev ## sqlfluff and ruff
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/sqlfluff lint --processes 0 --nocolor --disable-progress-bar models tests analyses
	@echo "lint: no complaints"

format: $(VENV)/.ready-dev ## let ruff and sqlfluff put the style right
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/sqlfluff fix --processes 0 --nocolor --disable-progress-bar models tests analyses

clean: ## remove what the commands made, except warehouses (they hold your landed files)
	rm -rf target logs $(VENV) .pytest_cache .ruff_cache .hypothesis

# The environment is made anew when the pins change.
$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
		{ echo "Error: Python 3.10 or newer is needed; $(PYTHON) is not. Say which one to use: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, a minute or so) ..."
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Error: $(PYTHON) cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt || \
		{ echo "Error: the packages of requirements.txt could not be installed; see pip's message above." >&2; exit 1; }
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt requirements-export.txt $(VENV)/.ready
	@echo "Adding what the tests need to $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt || \
		{ echo "Error: the packages of requirements-dev.txt could not be installed; see pip's message above." >&2; exit 1; }
	@touch $@

# MetricFlow is for those who ask for metrics.
$(VENV)/.ready-metrics: requirements-metrics.txt $(VENV)/.ready
	@echo "Adding what make metrics needs to $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-metrics.txt || \
		{ echo "Error: the packages of requirements-metrics.txt could not be installed; see pip's message above." >&2; exit 1; }
	@touch $@

# The drivers of databases and of S3 are for those who export, or read from a bucket.
$(VENV)/.ready-export: requirements-export.txt $(VENV)/.ready
	@echo "Adding what make export needs to $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-export.txt || \
		{ echo "Error: the packages of requirements-export.txt could not be installed; see pip's message above." >&2; exit 1; }
	@touch $@

# Spark is for those who outgrow one machine; it is never installed with the rest.
.venv-spark/.ready: requirements-spark.txt
	@echo "Setting up .venv-spark (once, some minutes: Spark is large) ..."
	@$(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check -r requirements-spark.txt || \
		{ echo "Error: the packages of requirements-spark.txt could not be installed; see pip's message above." >&2; exit 1; }
	@touch $@

# The Airflow example is parsed by a test, in an environment of its own.
.venv-airflow/.ready: deploy/airflow/requirements.txt
	@echo "Setting up .venv-airflow ..."
	@$(PYTHON) -m venv .venv-airflow
	@.venv-airflow/bin/pip install --quiet --disable-pip-version-check -r deploy/airflow/requirements.txt
	@touch $@
