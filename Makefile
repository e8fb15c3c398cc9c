# Two commands: `make demo` runs the main job, `make test` passes the tests.
# Both install what they need on a fresh Debian machine with Swift.
SHELL := /bin/bash
VENV := .venv
# The program that the client tests drive.
LEAT ?= .build/debug/leat

.PHONY: demo test simulate tools build release install bench lint format clean

demo: install $(VENV)/ready release
	scripts/demo.sh

test: install $(VENV)/ready
	swift build --build-tests
	swift test --skip-build
	LEAT=$(LEAT) $(VENV)/bin/python -m pytest -q -n 3 Tests/clients

build: install
	swift build

# Stripped, with the symbols beside it in leat.debug. The next build links it again.
release: install
	swift build -c release --product leat
	scripts/strip.sh .build/release/leat

# Seeded runs over a disk, functions and servers that fail; fewer on a machine that is slow.
simulate: install
	swift build -c release --product leat-simulate
	.build/release/leat-simulate deliveries --seeds 5000 --within 12
	.build/release/leat-simulate mappings --seeds 1000 --within 5
	.build/release/leat-simulate emulator --seeds 500 --within 5

bench: install $(VENV)/ready release
	$(VENV)/bin/python bench/run.py

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

format:
	swift format --in-place --recursive Sources Tests Package.swift

install:
	@scripts/install.sh

$(VENV)/ready: Tests/clients/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# SAM CLI, CDK, Sceptre and CFNgin, which some client tests drive; without them these skip.
tools: .tools/ready

.tools/ready: Tests/clients/tools.txt
	grep -v '^#' $< | while IFS=': ' read -r tool package; do \
	  python3 -m venv .tools/$$tool && \
	  .tools/$$tool/bin/pip install --quiet --disable-pip-version-check $$package || exit 1; done
	touch $@

clean:
	rm -rf .build .tools $(VENV)
