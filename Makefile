# Everything a person or a CI machine does with this repository. `make` alone prints what there is.
# Works with GNU make 4.3, without a terminal, as root or not.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/release/switchboard
STEP := tests/services/step

# The pages are rebuilt only when one of their sources changed; folders are listed too, so that a
# deleted file counts as a change.
PAGE_SOURCES := $(shell find web -name node_modules -prune -o -path web/dist -prune -o -print 2>/dev/null)
PAGES := web/dist/widget.html
WEB_PACKAGES := web/node_modules/.package-lock.json
TEST_PACKAGES := tests/node_modules/.package-lock.json
PEER_PACKAGES := load-tests/peers/node_modules/.package-lock.json
PYTHON := target/python/.installed

.PHONY: help
help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 15

.PHONY: run
run: build ## build, make the demo organization and serve it on http://127.0.0.1:4000
	@$(BINARY) demo
	@exec $(BINARY) serve

.PHONY: build
build: $(PAGES) ## build target/release/switchboard with its pages inside
	@$(STEP) "Build the server" cargo build --release

.PHONY: test
test: packages $(PAGES) $(TEST_PACKAGES) $(PYTHON) ## install what the tests need and run every test
	@tests/services/with tests/run

.PHONY: check
check: $(PAGES) ## formatting, lints, documentation and types, without running a test
	@$(STEP) "Check the formatting" cargo fmt --all --check
	@$(STEP) "Check the lints" cargo clippy --workspace --all-targets -- -D warnings
	@$(STEP) "Check the documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	@$(STEP) "Check the pages" npm --prefix web run check

.PHONY: bench
bench: packages $(PAGES) $(PEER_PACKAGES) ## measure the server beside others, with the targets: target/bench/report.md
	@$(STEP) "Build the server and the load generator" cargo build --release -p switchboard -p load-tests
	@mkdir -p $(TARGET)/bench/slow-disk
	@tests/services/with $(STEP) "Measure" \
	  $(TARGET)/release/load-tests --seconds 6 --report $(TARGET)/bench/report.md
	@cc -O2 -shared -fPIC -o $(TARGET)/bench/slow-disk/slow-disk.so load-tests/slow-disk.c
	@env DISK_ADDS_US=1000 LD_PRELOAD=$(abspath $(TARGET)/bench/slow-disk/slow-disk.so) \
	  $(STEP) "Measure with a disk that takes a millisecond longer" \
	  $(TARGET)/release/load-tests --seconds 6 --report $(TARGET)/bench/slow-disk/report.md durable

# For how long, and with which faults: the same seed gives the same.
TIME ?= 3600
SEED ?= $(shell date +%s)

.PHONY: chaos
chaos: packages $(PAGES) ## break a cluster at random for TIME seconds with SEED, and write target/chaos/report.md
	@$(STEP) "Compile the tests" cargo test --release --test integration --no-run
	@SWITCHBOARD_TEST_STRICT=1 CHAOS_SECONDS=$(TIME) CHAOS_SEED=$(SEED) tests/services/with \
	  $(STEP) "Chaos for $(TIME) s with seed $(SEED)" cargo test --release --test integration -- \
	  --exact chaos::three_nodes_keep_their_promises_whatever_happens --nocapture

.PHONY: tools
tools:
	@tests/services/tools

.PHONY: packages
packages:
	@tests/services/packages

$(WEB_PACKAGES): web/package.json web/package-lock.json | tools
	@$(STEP) "Install the packages of the pages" npm --prefix web ci --no-audit --no-fund
	@touch $@

$(PAGES): $(WEB_PACKAGES) $(PAGE_SOURCES) | tools
	@$(STEP) "Build the pages" npm --prefix web run build
	@touch $@

$(TEST_PACKAGES): tests/package.json tests/package-lock.json | tools
	@$(STEP) "Install the JavaScript clients" npm --prefix tests ci --no-audit --no-fund
	@touch $@

$(PEER_PACKAGES): load-tests/peers/package.json load-tests/peers/package-lock.json | tools
	@$(STEP) "Install the Node servers to measure beside" npm --prefix load-tests/peers ci --no-audit --no-fund
	@touch $@

$(PYTHON): tests/clients/requirements.txt | packages
	@$(STEP) "Install the Python client" tests/services/python target/python
	@touch $@
