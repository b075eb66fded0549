# `make` alone explains itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test test-both lint bench words chromium gdal office pictures lock

HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
LOOK := static/node_modules/.package-lock.json
WORDS := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))
ifeq ($(origin SECRET_KEY)$(origin DATABASE_URL),undefinedundefined)
DEMO ?= 1
endif
export DEMO HOST PORT

help: ## what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run $(LOOK) $(WORDS) ## set up everything and serve at http://127.0.0.1:8000
	@$(BIN)/flask prepare
	@echo "Serving at http://$(HOST):$(PORT) - stop with Ctrl+C"
	@$(BIN)/flask work --with-parent & \
	exec $(BIN)/granian --interface wsgi --factory app:serve --host $(HOST) --port $(PORT) \
		--workers 2 --blocking-threads 4 --backpressure 64 --log-level warning

test: .venv/test $(LOOK) $(WORDS) chromium gdal office lint ## lint, types and the whole suite, dealt over both databases, in a real browser
	$(BIN)/pytest -n 4 --dist loadgroup

test-both: .venv/test $(LOOK) $(WORDS) chromium gdal office ## every test on SQLite and again on PostgreSQL
	$(BIN)/pytest -n 4 --dist loadgroup --database both

lint: .venv/test ## style, types and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

chromium: .venv/test ## a browser for the tests: $$CHROMIUM, one on PATH, else installed
	@test -x "$$CHROMIUM" || command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null || { \
		echo "Installing Chromium for the browser tests"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell >/dev/null; \
		else $(BIN)/playwright install --only-shell chromium; fi; }

gdal: ## GDAL for the test of open data: ogrinfo on PATH, else installed
	@command -v ogrinfo >/dev/null || { \
		echo "Installing GDAL for the test of open data"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gdal-bin >/dev/null; \
		elif command -v brew >/dev/null; then brew install -q gdal; fi; \
		command -v ogrinfo >/dev/null || echo "Without ogrinfo one test will fail: install GDAL's commands (Debian, Ubuntu: gdal-bin; Fedora: gdal)"; }

office: ## LibreOffice for the test of workbooks: soffice on PATH, else installed
	@command -v soffice libreoffice >/dev/null || { \
		echo "Installing LibreOffice Calc for the test of workbooks"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui >/dev/null; \
		elif command -v brew >/dev/null; then brew install -q --cask libreoffice; fi; \
		command -v soffice libreoffice >/dev/null || echo "Without soffice one test will fail: install LibreOffice Calc (Debian, Ubuntu: libreoffice-calc-nogui; Fedora: libreoffice-calc)"; }

bench: .venv/test $(LOOK) $(WORDS) chromium ## bytes and times of the map at 8 and 250 sites and 300,000 units
	$(BIN)/pytest -q -s tests/bench
	$(BIN)/python -m tests.bench.map_bench

pictures: .venv/test $(LOOK) $(WORDS) chromium ## take the pictures of the README from the seeded app
	$(BIN)/python -m tests.browser.pictures

words: .venv/test ## collect the texts of the interface into the Korean catalogue
	$(BIN)/pybabel -q extract -F babel.cfg -k _l -k ngettext:1,2 --no-location -o translations/messages.pot .
	$(BIN)/pybabel -q update -D messages -l ko -i translations/messages.pot -d translations --no-fuzzy-matching --ignore-obsolete
	@rm translations/messages.pot

lock: .venv/test ## pin exact versions with hashes, naming no host
	$(BIN)/pip-compile -q $(LOCK) -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q $(LOCK) --extra test -o requirements-test.lock pyproject.toml
LOCK := --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

.venv/run: requirements.lock
	@echo "Setting up Python in .venv"
	@test -x $(BIN)/python || python3 -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/test: requirements-test.lock
	@echo "Setting up Python with the test tools in .venv"
	@test -x $(BIN)/python || python3 -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@ .venv/run

$(LOOK): static/package-lock.json
	@echo "Fetching the front-end libraries into static/node_modules"
	@npm ci --prefix static --no-audit --no-fund --silent
	@touch $@

translations/%.mo: translations/%.po | .venv/run
	@$(BIN)/pybabel -q compile -i $< -o $@
