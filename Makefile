# Two commands do all the set-up: "make run" and "make test". "make help" lists the rest.

BIN := .venv/bin
PAGES ?= 300
PORT ?= 8001
SERVE ?= 1
BASE ?= http://www.netwellness.org/

# make stops at the first failing command of a pipe, and says which.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.venv/.run: requirements.txt tools/setup.sh
	@tools/setup.sh requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt tools/setup.sh
	@tools/setup.sh requirements-dev.txt
	@touch $@ .venv/.run

.venv-pywb/.done: requirements-pywb.txt tools/setup.sh
	@tools/setup.sh requirements-pywb.txt .venv-pywb
	@touch $@

.venv-forum/.done: requirements-forum.txt tools/setup.sh
	@tools/setup.sh requirements-forum.txt .venv-forum
	@touch $@

.PHONY: help setup pywb forum run crawl serve test test-all crash-test attack corpus mutations lint docs bench screenshots pins clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.dev  ## make the environment, and nothing else

pywb: .venv-pywb/.done  ## make the environment of pywb, a web archive that the tests replay from

forum: .venv-forum/.done  ## make the environment of django-machina, a forum that the tests crawl

run: .venv/.run  ## try it all on the sample site: crawl, keep, read, publish (PAGES=300 SERVE=1 PORT=8001)
	@$(BIN)/python -m sample demo --pages $(PAGES) $(if $(filter 0,$(SERVE)),--no-serve,--port $(PORT))

crawl: .venv/.run  ## crawl NetWellness, or a copy of it (BASE=http://...)
	@$(BIN)/scrapy crawl netwellness -a base=$(BASE)

serve: .venv/.run  ## show archive.db in Datasette (PORT=8001)
	@$(BIN)/scrapy serve --port $(PORT)

test: .venv/.dev .venv-pywb/.done .venv-forum/.done  ## run the tests that find a fault in a change (minutes)
	@$(BIN)/python -m pytest -n 2 --dist loadscope

test-all: .venv/.dev .venv-pywb/.done .venv-forum/.done  ## run all tests: kill matrices, clusters, memory, long property runs as well
	@$(BIN)/python -m pytest --all -n 2 --dist loadscope

crash-test: .venv/.dev  ## kill a crawl 120 times, and see that nothing is lost (minutes)
	@$(BIN)/python -m tests.crash

attack: .venv/.dev  ## attack a public server of 60,000 questions on loopback, with nginx in front (minutes)
	@$(BIN)/python -m tests.attack

corpus: .venv/.dev  ## read the sample web archives of ../shared, and compare with what is expected
	@$(BIN)/python -m tests.corpus

mutations: .venv/.dev  ## damage web archives at random 10,000 times, and see what is recovered (minutes)
	@$(BIN)/python -m tests.mutations

lint: .venv/.dev  ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: .venv/.dev  ## build docs/_build/html, warnings as errors
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: .venv/.dev  ## measure side by side; prints a table, writes bench/results.json
	@$(BIN)/python -m bench

screenshots: .venv/.dev  ## take the pictures of the documentation anew (needs chromium)
	@$(BIN)/python -m tools.screenshots

pins: .venv/.dev  ## pin the requirements anew after a change in pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.txt pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra dev -o requirements-dev.txt pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra cluster -o requirements-cluster.txt pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements-pywb.txt requirements-pywb.in
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements-forum.txt requirements-forum.in

clean:  ## remove what can be made again (never warcs/ or archive.db)
	rm -rf .venv .venv-pywb .venv-forum .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_build bench/work
