# Two commands do everything: `make serve` and `make test`. Both prepare the environment themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup serve test test-slow check lock clean

help:  ## 列出可用命令
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The stamps make set-up a no-op until a lock file or pyproject.toml changes.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("光质通需要 Python 3.11 以上，当前是 " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo '第一次运行：建立 .venv 并安装依赖，约需一两分钟……'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev  ## 建立 .venv 并安装全部依赖（含开发工具）

serve: $(VENV)/.runtime  ## 启动助手：http://localhost:8000
	$(BIN)/guangzhi serve $(if $(PORT),--port $(PORT))

test: $(VENV)/.dev  ## 快速测试（五分钟以内）
	$(BIN)/python -m pytest -n 2

test-slow: $(VENV)/.dev  ## 模糊测试、强杀、负载与浏览器
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.dev  ## ruff、mypy、import 约束
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# setuptools is an unconditional member of the lock: the editable install runs without build isolation.
lock:  ## 重新锁定依赖（需要 uv）
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --custom-compile-command "make lock" requirements-build.in -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --custom-compile-command "make lock" --constraint requirements.lock requirements-build.in -o requirements-dev.lock

clean:  ## 删除 .venv 与缓存（不动 data/）
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info
