# airp on a fresh machine: `make demo` starts everything, `make test` proves everything.
# Needed beforehand: make, and any python3 from 3.9 on. The rest is fetched into .tools/ and .venv/.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo down status test test-peers fuzz lint bench run-loops manage clean distclean

# A pyenv shim named python3 may refuse to start in this folder, so each candidate is tried.
find_python = for candidate in python3 python3.13 python3.12 python3.14 python3.11 python3.10 python3.9 /usr/bin/python3 python; do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then \
	exec "$$candidate" -I airp/local/bootstrap.py
no_python = fi; done; \
	echo "There is no working python3 from 3.9 on. Install one: apt-get install python3, or brew install python." >&2; exit 1

help: ## List what make can do here
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

demo: ## Start everything with the demo's story; prints the address and the logins
	@$(find_python) demo; $(no_python)

down: ## Stop what `make demo` started
	@$(find_python) down; $(no_python)

status: ## Show each process, its health and the address
	@$(find_python) status; $(no_python)

test: ## Check and test everything (one part: make test only="tests/airp -x")
	@$(find_python) test $(only); $(no_python)

test-peers: ## Let real clients send to a running airp: OpenTelemetry, Prometheus and others
	@$(find_python) test-peers $(only); $(no_python)

fuzz: ## Throw 200,000 mutated bodies at each parser (one: make fuzz only=otlp)
	@$(find_python) fuzz $(only); $(no_python)

lint: ## The checks of `make test` alone, without the tests
	@$(find_python) lint; $(no_python)

bench: ## Measure speed and print the tables (one: make bench only=board)
	@$(find_python) bench $(only); $(no_python)

run-loops: ## Do the duties of worker and beat without a broker, until Ctrl-C
	@$(find_python) manage run_loops; $(no_python)

manage: ## Run a management command on the demo: make manage do="showmigrations"
	@$(find_python) manage $(do); $(no_python)

clean: ## Stop, and remove the demo's data (.state/)
	@$(find_python) clean; $(no_python)

distclean: ## As clean, and remove the fetched tools and packages too
	@$(find_python) distclean; $(no_python)
