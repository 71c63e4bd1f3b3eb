"""What Schemathesis cannot read in a description: which things are there, and what no schema can say.

Of each request that is to be accepted, the ids become those of things that are there, so that it does what it is
for. Requests that are to be refused keep what is wrong with them.
"""

import json
import os
import random
import time
import urllib.request
import uuid

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

API = f"{os.environ['BASE_URL']}/api/v1"
DEMO = json.loads(os.environ["DEMO"])
RANDOM = random.Random(int(os.environ["SEED"]))

RULE = {"name": "tags", "trigger": "message.created", "actions": [{"type": "add_tag", "value": "tagged"}]}
WEBHOOK = {"url": "https://receiver.example/hooks"}


def ask(method, path, body=None):
    """The answer of REST v1, outside of what is tried."""
    headers = {"Authorization": f"Bearer {DEMO['muro']['key']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def first(path):
    """The id of the newest of a list, once there is one."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if found := ask("GET", path)["data"]:
            return found[0]["id"]
        time.sleep(0.05)
    raise AssertionError(f"nothing is listed at {path}")


def told_webhook():
    """The ids of a webhook and of something that it was told, in vain."""
    webhook = ask("POST", "/webhooks", {"url": "http://127.0.0.1:9/hooks"})["id"]
    ask("POST", f"/conversations/{CONVERSATION}/messages", {"content": "Hello!"})
    return {"id": webhook, "delivery_id": first(f"/webhooks/{webhook}/deliveries")}


CONVERSATION = first("/conversations")
CONTACT = first("/contacts")
TOLD = told_webhook()
MADE = {
    "/saved-replies": lambda: {"shortcut": uuid.uuid4().hex, "title": "A reply", "body": "Hello!"},
    "/automation-rules": lambda: RULE,
    "/webhooks": lambda: WEBHOOK,
}


def make(kind):
    return ask("POST", kind, MADE[kind]())["id"]


def make_room(kind):
    """An organization has so many of them and no more; those that are needed stay."""
    if kind in MADE:
        there = [it["id"] for it in ask("GET", f"{kind}?limit=100")["data"]]
        spare = [it for it in there if it not in (KEPT[kind], TOLD["id"])]
        for it in spare if len(spare) > SPARE_MAX else []:
            ask("DELETE", f"{kind}/{it}")


KEPT = {kind: make(kind) for kind in MADE}
SPARE_MAX = 20


def ids(method, path):
    """The ids for a path, all of one thing that is there; what is to be deleted is made for that."""
    kind = "/" + path.split("/")[1]
    if "{delivery_id}" in path:
        return TOLD
    if kind == "/conversations":
        return {"id": CONVERSATION}
    if kind == "/contacts":
        return {"id": CONTACT}
    return {"id": make(kind) if method == "DELETE" else KEPT[kind]}


CHANGES = {
    "conversations": ("tags", ["tagged"]),
    "contacts": ("name", "Marie"),
    "saved-replies": ("title", "A reply"),
    "automation-rules": ("enabled", True),
    "webhooks": ("enabled", True),
}


def mend(method, path, body):
    """Puts in what a schema cannot ask for; the rest of the body stays as it was thought up."""
    if "visitor_id" in body:
        body["visitor_id"] = CONTACT
    if body.get("assigned_user_id"):
        body["assigned_user_id"] = DEMO["agents"][0]["id"]
    if body.get("website_id"):
        body["website_id"] = DEMO["muro"]["website_id"]
    # Any URI is a URI; a receiver has a host.
    if body.get("url"):
        body["url"] = WEBHOOK["url"]
    if "shortcut" in body and body["shortcut"] is not None:
        # Another reply may have it.
        body["shortcut"] = uuid.uuid4().hex
    # A time that is still to come, for what is put off.
    if body.get("snoozed_until"):
        body |= {"snoozed_until": "2999-01-01T00:00:00Z", "status": "snoozed"}
    # One excludes the other.
    if body.get("mark_read"):
        body["mark_unread"] = False
    if path == "/conversations/bulk":
        body["assigned_user_id"] = DEMO["agents"][0]["id"] if body["action"] == "assign" else None
    for condition in (body.get("conditions") or {}).get("items") or []:
        # Not every text is a regular expression, and only two operators need none.
        condition["value"] = "refund"
    for action in body.get("actions") or []:
        if "user_id" in action:
            action["user_id"] = DEMO["agents"][0]["id"]
    # Nobody else's channel is opened.
    if "channel_name" in body:
        body["channel_name"] = f"private-conv-{CONVERSATION}"
    # A change of nothing is refused.
    if method == "PATCH":
        name, value = CHANGES[path.split("/")[1]]
        if body.get(name) is None:
            body[name] = value


def is_positive(case, location):
    """Whether this part of a request is as the description asks; a part that is not there is."""
    component = case.meta.components.get(location)
    return component is None or component.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None:
        return
    method, path = case.operation.method.upper(), case.operation.path
    # Stateful testing follows ids from one answer to the next request.
    follows = case.meta.phase.name is TestPhase.STATEFUL
    if method == "POST" and not follows:
        make_room(path)
    if case.path_parameters and not follows and is_positive(case, ParameterLocation.PATH):
        # One in five asks for what is not there.
        if RANDOM.random() < 0.8:
            case.path_parameters.update(ids(method, path))
    if not case.meta.generation.mode.is_positive:
        return
    # Cursors come from answers, and are taken back there alone.
    case.query.pop("cursor", None)
    # The same key with another request is a conflict, and with the same one it does nothing again.
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if isinstance(case.body, dict):
        mend(method, path, case.body)
