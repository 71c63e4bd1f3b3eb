"""pysher, the Pusher client of PyPI. It speaks version 6 of the protocol and signs for itself."""

import json
import os
import threading
from urllib.parse import urlsplit

import pusher
import pysher
from people import SOON, until

APP = json.loads(os.environ["APP"])
URL = urlsplit(os.environ["BASE_URL"])


def client(user=None):
    """A client that has connected."""
    connected = threading.Event()
    it = pysher.Pusher(
        APP["key"],
        secret=APP["secret"],
        secure=False,
        custom_host=URL.hostname,
        port=URL.port,
        user_data=user,
        reconnect_interval=1,
    )
    it.connection.bind("pusher:connection_established", lambda _: connected.set())
    it.connect()
    assert connected.wait(SOON), "pysher connects"
    return it


SERVER = pusher.Pusher(
    APP["id"], APP["key"], APP["secret"], host=URL.hostname, port=URL.port, ssl=False
)


def value(data):
    """What a server publishes comes as text that holds JSON, what a client says as it was said."""
    return json.loads(data) if isinstance(data, str) else data


def subscribers(name):
    return SERVER.channel_info(name, ["subscription_count"]).get("subscription_count", 0)


def subscribed(it, name, *events):
    """A subscription that has succeeded, and the list that its events come into."""
    before, heard = subscribers(name), []
    channel = it.subscribe(name)
    for event in events:
        channel.bind(event, lambda data, event=event: heard.append((event, value(data))))
    # Not its own word: pysher looks for its channel only after it has asked for it, and is too late to
    # hear a server that answers at once.
    until(lambda: subscribers(name) > before, f"{name} is subscribed")
    return channel, heard


ADA = client({"user_id": "ada", "user_info": {"name": "Ada"}})
BO = client({"user_id": "bo", "user_info": {"name": "Bo"}})

_, NEWS = subscribed(ADA, "pysher-news", "told")
SERVER.trigger("pysher-news", "told", {"n": 1})
until(lambda: NEWS == [("told", {"n": 1})], "the public event comes")

ROOM = "presence-pysher"
_, SEEN = subscribed(ADA, ROOM, "pusher_internal:member_added", "pusher_internal:member_removed")
subscribed(BO, ROOM)
until(lambda: [event for event, _ in SEEN] == ["pusher_internal:member_added"], "bo is seen")
assert SEEN[0][1] == {"user_id": "bo", "user_info": {"name": "Bo"}}, SEEN

_, ADAS = subscribed(ADA, "private-pysher", "client-said", "told")
BOS, _ = subscribed(BO, "private-pysher")
BOS.trigger("client-said", {"x": 1})
until(lambda: ADAS == [("client-said", {"x": 1})], "the client event comes")
SERVER.trigger("private-pysher", "told", {"n": 2})
until(lambda: ADAS[1:] == [("told", {"n": 2})], "the private event comes")

BO.disconnect(SOON)
until(lambda: [event for event, _ in SEEN][1:] == ["pusher_internal:member_removed"], "bo is gone")
ADA.disconnect(SOON)
