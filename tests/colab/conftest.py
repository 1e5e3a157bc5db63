"""Tests for the environment that has what Colab has. `make test` passes over them; `make test-colab`
runs them, with the wheel installed and not the repository."""

from __future__ import annotations

import os

if not os.environ.get("BIGMODEL_COLAB"):
    collect_ignore_glob = ["test_*.py"]
