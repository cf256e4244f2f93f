# `make check` is what must pass before a change lands.

.PHONY: check format lint test

check: lint test

lint:
	ruff check .
	ruff format --check .

test:
	pytest

format:
	ruff check --fix .
	ruff format .
