# The verbs of development. CI calls the same ones, see .ci/run.

.PHONY: run test check check-go check-web test-all chaos bench compose-engine

run: ## Start one node on http://localhost:8080
	go run ./cmd/server

test: ## What a laptop can: no Redis, browser or Docker needed
	go test ./...

check: check-go check-web ## All linters and type checks

check-go:
	@test -z "$$(gofmt -l cmd internal tests web/*.go)" || { gofmt -l cmd internal tests web/*.go; echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go mod verify
	go mod tidy -diff

check-web: web/node_modules
	cd web && npm run --silent check && npm run --silent lint && npm test --silent

web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch web/node_modules

compose-engine: ## A Docker engine with stand-ins for images, where none can be pulled
	tests/compose/engine.sh
	tests/compose/stand-ins.sh

# One package at a time: the networks that Docker makes would disturb the browser.
test-all: ## Everything, with the race detector; fails where Redis, Chromium or Docker is missing
	CHORUS_TEST_REQUIRE=redis,chromium,docker,chaos go tool gotestsum --format pkgname-and-test-fails -- -race -count=1 -p 1 -timeout 15m ./...

chaos: ## The long proof of docs/guarantees.md; needs redis-server. ARGS='-duration 1h -seed 7 -redis cluster'
	go run ./tests/chaos -duration 20m $(ARGS)

bench: ## What it costs, beside its peers; writes docs/benchmarks.md and docs/capacity.md. Needs redis-server, Node.js and npm. ARGS='--rounds 5'
	go run ./tests/bench $(ARGS)
