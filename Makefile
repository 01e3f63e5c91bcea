# `make` prints the targets. What they do lives in Go: go test, go run ./tools/...

GO ?= go
# Packages in which goroutines meet; the race detector makes a test several times slower.
RACE = $(shell $(GO) list ./internal/... 2>/dev/null | grep -E '/internal/(task|exchange|checkpoint|snapshot|cluster|memory|state|metrics|clock|rpc)(/|$$)')

.PHONY: help
help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/flott
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/flott ./cmd/flott

.PHONY: test
test: lint cross race size ## everything that CI runs; the tests against Kafka need Java and Maven
	$(GO) test -timeout 12m ./...

.PHONY: short
short: ## unit tests only, a minute
	$(GO) test -short -timeout 5m ./...

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: cross
cross: ## build for the other platforms
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) build ./...

.PHONY: race
race: ## the engine's unit tests under the race detector (needs a C compiler)
	$(if $(RACE),$(GO) test -race -short -timeout 8m $(RACE))

.PHONY: size
size: build ## print how large the binary is, and how fast it starts
	@echo "bin/flott: $$(($$(wc -c < bin/flott) / 1048576)) MB"
	@$(GO) run ./bench/start -n 11 -flink 0 | grep '^|'

.PHONY: conformance
conformance: ## tables: how much is answered as Flink answers it
	$(GO) test -v -count=1 ./conformance/queries ./conformance/expr

.PHONY: judges
judges: ## Flink's own clients, Chromium and the receivers of metrics and logs against flott; they have to be there (see test/rest, test/metrics)
	FLOTT_REQUIRE_FLINK=1 FLOTT_REQUIRE_METRICS=1 $(GO) test -count=1 -timeout 40m ./test/rest ./test/metrics

.PHONY: soak
soak: ## 200 crashes at random moments, exactly once each time; all scripts in all configurations
	FLOTT_SOAK=200 $(GO) test -v -count=1 -timeout 4h -run 'Crash' ./test/e2e
	FLOTT_SOAK=1 $(GO) test -v -count=1 -timeout 1h -run 'Configurations' ./conformance/queries

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (5m) each; what fails is kept in testdata/fuzz
	$(GO) run ./tools/fuzz -time $(or $(FUZZTIME),5m)

.PHONY: bench
bench: ## benchmarks against a bare client loop and, where it is there, a real Flink
	$(GO) run ./bench/start
	$(GO) run ./bench/passthrough
	$(GO) run ./bench/eos
	$(GO) run ./bench/latency
	$(GO) run ./bench/agg
	$(GO) run ./bench/expr
	$(GO) run ./bench/server

.PHONY: kafka
kafka: ## run the tests' Kafka on 127.0.0.1:9092
	$(GO) run ./tools/kafka

.PHONY: gen
gen: ## generated files: connector and format lists, reference pages
	$(GO) generate ./...
