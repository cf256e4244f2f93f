# `make check` is what must pass before a change lands.

.PHONY: check format lint saved-models test

check: lint test

lint:
	ruff check .
	ruff format --check .

test:
	pytest

format:
	ruff check --fix .
	ruff format .

# Hours. Runs stay in runs/saved_models; a model that is in saved_models already
# is not made again.
saved-models:
	python saved_models/build.py
