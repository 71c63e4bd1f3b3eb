"""What the Python scripts share: where the server is, and how an agent logs in."""

import json
import os
import re
import time
import uuid

import requests

BASE_URL = os.environ["BASE_URL"]
TRANSPORT = os.environ["TRANSPORT"]
DEMO = json.loads(os.environ.get("DEMO", "null"))
SOON = 15


def control(action):
    """Ends or starts the server under test."""
    requests.post(f"{os.environ['CONTROL_URL']}/{action}", timeout=60).raise_for_status()


def log_in(agent):
    """Logs in as a browser does and returns the headers that prove it."""
    session = requests.Session()
    page = session.get(f"{BASE_URL}/auth/login", timeout=SOON).text
    token = re.search(r'<meta name="csrf-token" content="([^"]*)"', page)[1]
    fields = {"email": agent["email"], "password": agent["password"], "csrf_token": token}
    answer = session.post(
        f"{BASE_URL}/auth/login", data=fields, timeout=SOON, allow_redirects=False
    )
    assert answer.status_code in (302, 303), answer.status_code
    return {"Cookie": f"session={session.cookies['session']}"}


def history(conversation_id, headers):
    url = f"{BASE_URL}/api/conversations/{conversation_id}/history?limit=500"
    answer = requests.get(url, headers=headers, timeout=SOON)
    answer.raise_for_status()
    return answer.json()


def visitor_message(conversation_id, external_id, content, **more):
    return {
        "conversation_id": conversation_id,
        "embed_token": DEMO["platform"]["embed_token"],
        "external_id": external_id,
        "sender_type": "end_user",
        "content": content,
        "content_type": "text",
        "client_message_id": str(uuid.uuid4()),
        **more,
    }


def agent_message(conversation_id, content):
    return {
        "conversation_id": conversation_id,
        "sender_type": "agent",
        "content": content,
        "client_message_id": str(uuid.uuid4()),
    }


def until(condition, what):
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
