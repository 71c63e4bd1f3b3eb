"""The compose file: what it refers to is there, and its settings are settings."""

import os
import tomllib
from pathlib import Path

import yaml

path = Path(os.environ["COMPOSE"])
compose = yaml.safe_load(path.read_text())
services = compose["services"]
defaults = tomllib.loads((path.parent.parent / "config.default.toml").read_text())

for name, service in services.items():
    assert "image" in service or "build" in service, name
    for needed, how in service.get("depends_on", {}).items():
        assert needed in services, (name, needed)
        healthy = how["condition"] == "service_healthy"
        # That of the nodes is in the Dockerfile.
        assert not healthy or "healthcheck" in services[needed] or services[needed]["image"] == "switchboard", needed
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (path.parent / source).is_file(), (name, source)
        else:
            assert source in compose["volumes"], (name, source)
    for variable in service.get("environment", {}):
        if variable.startswith("SWITCHBOARD__"):
            _, section, key = variable.lower().split("__")
            assert key in defaults[section], variable
    if "build" in service:
        dockerfile = path.parent / service["build"]["context"] / service["build"]["dockerfile"]
        assert "HEALTHCHECK" in dockerfile.read_text()
        assert Path(f"{dockerfile}.dockerignore").is_file()

# HAProxy and Prometheus know the nodes by the names that the file gives them.
nodes = [name for name, service in services.items() if service["image"] == "switchboard"]
for file in ["haproxy.cfg", "prometheus/prometheus.yml"]:
    text = (path.parent / file).read_text()
    for node in nodes:
        assert f"{node}:4000" in text, (file, node)
