# `make env` builds .venv with everything that the other targets need.

# A process a core, each with one thread; tests of one file share a process, and what they train.
FAST := OMP_NUM_THREADS=1 .venv/bin/pytest -m "not slow" -n logical --dist loadfile
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: help env demo picture test test-all check clean

help:
	@echo "env       build .venv from constraints.txt"
	@echo "demo      every step on simulated data, into demo/"
	@echo "picture   docs/report.png and docs/page.png anew, of simulated nodules; needs chromium"
	@echo "test      the fast tests"
	@echo "test-all  every test, with the real data if it is there"
	@echo "check     ruff, mypy, import-linter and the fast tests"
	@echo "clean     remove demo/, caches and builds; keep .venv"

env: .venv/.stamp

.venv/.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e ".[train,openvino,archive,ray,dask,baselines,weights,serve,dev]"
	@touch $@

demo: env
	$(BIN)/isthmus demo --to demo

picture: demo
	$(BIN)/python docs/picture.py demo/report.html docs/report.png
	$(BIN)/python docs/page_picture.py docs/page.png

test: env
	$(FAST)

test-all: env
	$(BIN)/pytest

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(FAST)

clean:
	rm -rf demo build dist .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
