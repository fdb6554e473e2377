# What each command promises is in README.md.
.PHONY: run test lint format bench lock messages

run:
	@scripts/python -m scripts.run

test:
	@scripts/debian.sh python gettext postgresql chromium cjk-fonts
	@scripts/python -m scripts.test $(ARGS)

lint:
	@scripts/debian.sh python gettext
	@scripts/python -m scripts.lint $(ARGS)

# What lint can put right by itself.
format:
	@scripts/python -m scripts.environment requirements-dev.txt
	@.venv/bin/python -m scripts.format

bench:
	@scripts/debian.sh python postgresql chromium cjk-fonts
	@scripts/python -m scripts.environment requirements-dev.txt
	@scripts/python -m scripts.private_postgres --durable -- .venv/bin/python bench/run.py $(ARGS)

# Exact versions and hashes from requirements*.in, without any index address in the result; `UPGRADE=1` takes newer ones.
lock:
	@scripts/python -m scripts.lock $(if $(UPGRADE),--upgrade)

messages:
	@scripts/debian.sh python gettext
	@scripts/python -m scripts.environment requirements-dev.txt
	@.venv/bin/python -m scripts.messages
