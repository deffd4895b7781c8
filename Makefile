# Every recipe is one script or one command: what they do and where they cache
# is in hack/README.md. Variables: VERSION (of the image), LABELS (e2e), FUZZTIME.

SHELL := /usr/bin/env bash -euo pipefail
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/zookeeper-operator
LABELS ?=
FUZZTIME ?= 30s

.PHONY: help up test unit e2e cluster down lint fmt generate verify fuzz bench image build clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Make the cluster, install the operator on it, and run a three-member ensemble.
	@hack/up.sh

test: ## Run every check and test that a change must pass, those on the cluster included.
	@hack/test.sh

unit: ## Run all tests that need no cluster, with a real API server and etcd.
	@hack/unit.sh

e2e: ## Run the promises on the cluster: all of them, or those that LABELS selects.
	@hack/e2e.sh "$(LABELS)"

cluster: ## Make the test cluster, or repair it.
	@hack/cluster.sh up

down: ## Remove the test cluster.
	@hack/cluster.sh down

lint: ## Check the code and the scripts.
	@hack/lint.sh

fmt: ## Format the code and apply the linters' fixes.
	@hack/lint.sh --fix

generate: ## Write what is generated: deep copies, CRD, RBAC, reference pages.
	@hack/generate.sh

verify: ## Generate again and want no difference; check modules, licences, vulnerabilities, links.
	@hack/verify.sh

fuzz: ## Fuzz every parser for FUZZTIME each.
	@hack/fuzz.sh "$(FUZZTIME)"

bench: ## Run the benchmarks, and roll ensembles on the cluster under writers (20 minutes).
	@KUBEBUILDER_ASSETS=$$(hack/envtest-assets.sh) go test -run '^$$' -bench . -benchmem ./...
	@hack/rollbench.sh

image: ## Build the operator's image and load it on the cluster's nodes.
	@hack/image.sh

build: ## Build the programs into bin/.
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/ ./cmd/...

clean: down ## Remove the cluster, the cache and everything built.
	@chmod -R u+w "$(CACHE)" 2>/dev/null || true
	@rm -rf "$(CACHE)" bin artifacts
