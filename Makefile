# make help tells what there is to do.

CONFIG       ?= debug
HTTPS_PORT   ?= 8443
HTTP_PORT    ?= 8080
ADMIN_PORT   ?= 8444
SPA_PORT     ?= 3000
DATA         ?= data
PYTEST_FLAGS ?=

BINARY  := .build/$(CONFIG)/gatehouse
# Generic code of one module is made for the types of another: most of a request is spent in such code of SwiftNIO. (Not
# with --static-swift-stdlib: the runtime's hook by which the event loops run Swift's tasks is not found then.)
RELEASE := -c release -Xswiftc -cross-module-optimization
FLAGS   := $(if $(filter release,$(CONFIG)),$(RELEASE),-c $(CONFIG))
VENV    := .build/acceptance-venv
PYTHON  ?= python3

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: packages
packages:
	@scripts/install-packages.sh build

.PHONY: build
build: packages ## build the service (CONFIG=release for an optimized one)
	swift build $(FLAGS) --product gatehouse

.PHONY: run
run: build ## build, start the service with a demo tenant, and serve the sample application
	@exec $(PYTHON) scripts/demo.py --binary $(BINARY) --data $(DATA) --https-port $(HTTPS_PORT) \
		--http-port $(HTTP_PORT) --admin-port $(ADMIN_PORT) --spa-port $(SPA_PORT)

.PHONY: test
test: lint unit acceptance ## lint, unit tests, acceptance tests

.PHONY: lint
lint: ## check formatting and style
	swift format lint --strict --recursive Sources Tests Package.swift

.PHONY: format
format: ## bring the sources into shape
	swift format --in-place --recursive Sources Tests Package.swift

.PHONY: unit
unit: packages ## unit tests
	swift test -c $(CONFIG)

$(VENV)/installed: Tests/Acceptance/requirements.txt
	@scripts/install-packages.sh acceptance
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.PHONY: acceptance
acceptance: build $(VENV)/installed ## tests that drive the running service as its users do
	GATEHOUSE_BINARY=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest Tests/Acceptance $(PYTEST_FLAGS)

.PHONY: bench
bench: packages ## measure the service beside nginx, HAProxy and Caddy
	@scripts/install-packages.sh bench
	swift build $(RELEASE) --product gatehouse
	$(PYTHON) bench/run.py --binary .build/release/gatehouse $(BENCH_FLAGS)

.PHONY: fuzz
fuzz: packages ## 200,000 random requests to each group of endpoints (FUZZ_FLAGS="--group token --requests 1000")
	swift build $(RELEASE) --product gatehouse
	$(PYTHON) Tests/Fuzz/fuzz.py --binary .build/release/gatehouse $(FUZZ_FLAGS)

.PHONY: schema
schema: build $(VENV)/installed ## a long schemathesis run against the Management API's own description
	SCHEMA_EXAMPLES=100 GATEHOUSE_BINARY=$(CURDIR)/$(BINARY) $(VENV)/bin/python -m pytest \
		Tests/Acceptance/test_openapi.py $(PYTEST_FLAGS)

.PHONY: clean
clean: ## remove what was built and what the tests left
	rm -rf .build artifacts Tests/Acceptance/__pycache__
