"""What all tests share: where helper modules lie, and how hypothesis searches."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

# Nobody's settings, servers or keys reach a test: not even through a process that a
# test starts with HOME alone.
_HOME = tempfile.mkdtemp(prefix="assetgen-tests-home-")
Path(_HOME).chmod(0o755)  # for tests that give up root's rights, too
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["HOME"] = _HOME
_SWITCHES = ("ASSETGEN_REWRITE", "ASSETGEN_KILLS", "ASSETGEN_THOROUGH")
_OTHERS = ("OPENAI_", "ASSETGEN_", "XDG_", "GITHUB_", "GITLAB_", "CI_")
for _name in list(os.environ):
    if _name.startswith(_OTHERS) and _name not in _SWITCHES:
        del os.environ[_name]

# Processes that tests start find the program compiled, as installed programs do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Machines differ in speed and a slow one is no bug; a run that failed can be repeated.
_QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", **_QUIET, derandomize=True, database=None)
settings.register_profile("dev", **_QUIET)
settings.register_profile("search", **_QUIET, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
