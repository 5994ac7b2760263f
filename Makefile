# Drydock's commands. Each installs what it is missing where it can, and says what to do where it cannot.
PREFIX ?= /usr/local
DRYDOCK := dist/drydock
SOURCES := $(shell find src tools -type d \( -name bin -o -name obj \) -prune -o -type f -print) \
           Directory.Build.props Directory.Packages.props

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
# Build servers that outlive make keep files open and memory taken.
export MSBUILDDISABLENODEREUSE := 1

.DEFAULT_GOAL := build
.PHONY: build demo test test-peers conformance bench check install clean

build: $(DRYDOCK) ## publish dist/drydock

$(DRYDOCK): $(SOURCES)
	scripts/publish src/Drydock.Cli dist

demo: $(DRYDOCK) ## build an image from examples/hello and run it
	scripts/demo

test: $(DRYDOCK) ## set up and run every test
	scripts/test

test-peers: $(DRYDOCK) ## run containers under Podman, buildah, Docker Engine and containerd
	scripts/test-peers

conformance: $(DRYDOCK) ## run the official WebAssembly scripts and print the count
	scripts/conformance

bench: $(DRYDOCK) ## measure, and print a table
	scripts/bench

check: ## format, analysers and the arrow graph
	scripts/check

install: $(DRYDOCK) ## install to PREFIX (/usr/local)
	install -D -m 755 $(DRYDOCK) $(DESTDIR)$(PREFIX)/bin/drydock
	ln -sf drydock $(DESTDIR)$(PREFIX)/bin/drydock-runtime

clean:
	rm -rf dist artifacts BenchmarkResults
	find src tests bench -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
