# viscoder: `make demo` sets everything up and draws a picture; `make test` sets
# everything up and runs all tests. Both do only what is not done yet.
SHELL := /bin/bash
VISCODER := bin/viscoder
PACKAGES := ./...
CPP := $(wildcard engine/native/*.cc engine/native/*.h engine/llama/*.h engine/kernels/*.cc engine/kernels/*.h)
CPP := $(filter-out engine/llama/native_key.h,$(CPP))

.PHONY: build demo test deps native toolchains lint bench bench-baseline eval eval-references eval-mutants fuzz clean

build: native ## bin/viscoder
	go build -o $(VISCODER) ./cmd/viscoder

native: ## llama.cpp and the shim, built once for each version, flags and CPU
	@tools/need.sh gcc g++ python3 python3-venv
	@engine/native/build.sh

deps: build ## all that building and testing needs
	@tools/need.sh bubblewrap clang-format
	@$(VISCODER) pull qwen2.5-coder-0.5b
	@$(MAKE) --no-print-directory toolchains

toolchains: build ## what programs of every language draw with
	@$(VISCODER) setup all --yes

demo: build ## draws monthly sales with the default model
	@tools/need.sh bubblewrap
	@$(VISCODER) pull qwen2.5-coder-1.5b
	@$(VISCODER) setup python
	$(VISCODER) "plot monthly sales" --data examples/sales.csv --out bin/monthly-sales.png

test: deps lint ## everything that CI checks
	go test -count=1 $(PACKAGES)
	go test -count=1 -race -short ./sampler ./gguf ./models ./internal/... ./selfdebug/profile ./renderers/picture
	go test -count=1 -tags invariants ./engine

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	clang-format --dry-run -Werror $(CPP)
	go vet $(PACKAGES)
	CGO_ENABLED=0 go vet ./sampler ./gguf ./models ./renderers/... ./engine/llama ./internal/...
	go tool staticcheck $(PACKAGES)

bench: build bench-baseline ## decode speed beside llama-bench on the same libraries
	$(VISCODER) bench decode --depths 0 --vs .deps/bin/llama-bench

EVALFLAGS ?= --model qwen2.5-coder-0.5b --split dev --limit 10 --policy paper --timeouts ours
eval: build ## a part of our own tasks through the loop: bin/eval/COMMIT/report.html
	$(VISCODER) eval builtin --out bin/eval/$$(git rev-parse --short HEAD) $(EVALFLAGS)

bench-baseline:
	@engine/native/build.sh llama-bench

.PHONY: eval-references eval-mutants
eval-references: ## draws every reference program of bench/tasks and asks for its facts
	set -o pipefail; go test -count=1 -timeout 30m ./bench/tasks -run TestReferences -all -v | grep -v '^=== '

eval-mutants: ## draws wrong programs and counts how many the check of facts finds
	set -o pipefail; go test -count=1 -timeout 60m ./bench/mutants -run TestMutantsFall -each 4 -v | grep -v '^=== '

FUZZTIME ?= 60s
fuzz: ## every fuzz target for FUZZTIME
	@for package in $$(go list $(PACKAGES)); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; done

clean: ## what this folder holds of built things; caches stay
	rm -rf bin .deps engine/llama/native_key.h
