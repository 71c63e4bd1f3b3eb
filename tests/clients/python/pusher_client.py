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


def subscribed(it, name, *events):
    """A subscription that has succeeded, and the list that its events come into."""
    heard, done = [], threading.Event()
    channel = it.subscribe(name)
    channel.bind("pusher_internal:subscription_succeeded", lambda data: done.set())
    for event in events:
        channel.bind(event, lambda data, event=event: heard.append((event, json.loads(data))))
    assert done.wait(SOON), f"{name} is subscribed"
    return channel, heard


SERVER = pusher.Pusher(
    APP["id"], APP["key"], APP["secret"], host=URL.hostname, port=URL.port, ssl=False
)
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
