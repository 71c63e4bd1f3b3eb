"""Schemathesis asks REST v1 whatever its description allows, and much that it does not.

What it tried can be tried again: SEED=<the seed it printed> with the same test.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

BASE_URL = os.environ["BASE_URL"]
KEY = json.loads(os.environ["DEMO"])["muro"]["key"]
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
SEED = os.environ.get("SEED") or str(random.randrange(2**32))

command = [
    str(Path(sys.executable).with_name("schemathesis")),
    "run",
    f"{BASE_URL}/api/v1/openapi.json",
    "--header",
    f"Authorization: Bearer {KEY}",
    "--seed",
    SEED,
    "--max-examples",
    "8",
    # A text with a NUL is refused, and a pattern that says so could not be read.
    "--generation-allow-x00",
    "false",
    "--no-color",
]
print(f"SEED={SEED}", flush=True)
# It keeps notes where it runs.
with tempfile.TemporaryDirectory() as folder:
    environment = os.environ | {"SEED": SEED, "SCHEMATHESIS_HOOKS": str(HOOKS)}
    status = subprocess.run(command, check=False, cwd=folder, env=environment).returncode
sys.exit(status)
