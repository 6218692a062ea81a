# make run     everything on this machine, with demo data: http://127.0.0.1:8000/local/ (PORT=8001 make run for another port)
# make test    every check and every test, the browser's included
# make check   the same without browser and production tests
# make texts   bring new and changed texts into locale/, and compile
# make bench   how fast it is at 2,000, 20,000 and 200,000 people
# make chaos   what becomes of mail when everything fails, every message counted (N=20000)
# make clean   remove everything these commands have made, the local data included
#
# Needed: python3 (3.11 or newer) and a package index. Everything is installed into .venv here.

.PHONY: run test check texts bench chaos clean
unexport PYTHONPATH PYTHONHOME

# The first python3 here that is new enough.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PY := .venv/bin/python

run: python
	@$(PYTHON) -I tools/install.py local
	@exec $(PY) manage.py up

test: python
	@$(PYTHON) -I tools/install.py dev
	@$(PY) tools/check.py --all

check: python
	@$(PYTHON) -I tools/install.py dev
	@$(PY) tools/check.py

texts: python
	@$(PYTHON) -I tools/install.py dev
	@$(PY) tools/texts.py --missing

bench: python
	@$(PYTHON) -I tools/install.py local
	@$(PY) manage.py bench

N := 20000
chaos: python
	@$(PYTHON) -I tools/install.py local
	@REDIS_SERVER="$$($(PY) tools/provide.py redis)" FAKETIME="$$($(PY) tools/provide.py faketime)" $(PY) -W ignore manage.py chaos --people $(N)

clean: python
	@$(PYTHON) -I tools/clean.py

.PHONY: python
python:
	@[ -n "$(PYTHON)" ] || { echo "Migration Planner needs python3, version 3.11 or newer; here is: $$(python3 --version 2>&1)" >&2; exit 1; }
