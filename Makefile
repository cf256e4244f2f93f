# `make check` is what must pass before a change lands.

.PHONY: check check-all docs format lint samples saved-models test tutorials

check: lint test

lint:
	ruff check .
	ruff format --check .
	mypy

test:
	pytest

# Every test, also further cases of what others test: before a release.
check-all: lint
	pytest --exhaustive

# Into site/; a broken link fails it.
docs:
	python benchmarks/report.py
	NO_MKDOCS_2_WARNING=1 mkdocs build

# Minutes: trains each model whose page has no samples yet.
samples:
	python docs/draw_samples.py

format:
	ruff check --fix .
	ruff format .

# Hours. Runs stay in runs/saved_models; a model that is in saved_models already
# is not made again.
saved-models:
	python saved_models/build.py

# Up to 15 minutes each. A notebook whose script did not change is left alone.
tutorials:
	python tutorials/build.py
