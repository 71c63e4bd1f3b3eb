"""Schemathesis asks REST v1 whatever its description allows, and much that it does not.

It tries the same each time, so that a failure tells of what was changed. SEED=<any number> tries something else.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import jsonschema_rs

DESCRIPTION = f"{os.environ['BASE_URL']}/api/v1/openapi.json"
KEY = json.loads(os.environ["DEMO"])["muro"]["key"]
CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
SEED = os.environ.get("SEED", "1")


def check_examples():
    """Every example is of the schema beside which it stands."""
    with urllib.request.urlopen(DESCRIPTION) as answer:
        components = json.load(answer)["components"]
    for name, schema in components["schemas"].items():
        whole = {"$ref": f"#/components/schemas/{name}", "components": components}
        for example in schema.get("examples", []):
            jsonschema_rs.validate(whole, example)


command = [
    str(Path(sys.executable).with_name("schemathesis")),
    "--config-file",
    str(CONFIG),
    "run",
    DESCRIPTION,
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
check_examples()
# It keeps notes where it runs.
with tempfile.TemporaryDirectory() as folder:
    environment = os.environ | {"SEED": SEED, "SCHEMATHESIS_HOOKS": str(HOOKS)}
    status = subprocess.run(command, check=False, cwd=folder, env=environment).returncode
sys.exit(status)
