"""Pusher's own server SDK of PyPI, every call of it, heard by a small subscriber of its own."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pusher
import pusher.errors
import websocket
from people import until

APP = json.loads(os.environ["APP"])
URL = urlsplit(os.environ["BASE_URL"])


def sdk(**options):
    options = {"app_id": APP["id"], "key": APP["key"], "secret": APP["secret"], **options}
    return pusher.Pusher(host=URL.hostname, port=URL.port, ssl=False, **options)


SERVER = sdk()


class Subscriber:
    """A connection that answers nothing but its name, and keeps what it hears."""

    def __init__(self):
        address = f"ws://{URL.netloc}/app/{APP['key']}?protocol=7&client=python-tests&version=1.0.0"
        self.socket = websocket.create_connection(address, timeout=15)
        self.socket_id = self.next("pusher:connection_established")["socket_id"]

    def send(self, event, data):
        self.socket.send(json.dumps({"event": event, "data": data}))

    def next(self, name):
        """The data of the next event of this name."""
        while True:
            frame = json.loads(self.socket.recv())
            if frame["event"] == name:
                return json.loads(frame["data"])

    def subscribe(self, channel, **signed):
        self.send("pusher:subscribe", {"channel": channel, **signed})
        return self.next("pusher_internal:subscription_succeeded")


def triggers():
    ada = Subscriber()
    ada.subscribe("py-news")
    ada.subscribe("py-more")
    assert SERVER.trigger("py-news", "told", {"text": "Grüße 🎈"}) == {}
    assert ada.next("told") == {"text": "Grüße 🎈"}
    assert SERVER.trigger(["py-news", "py-more"], "told", {"n": 1}, ada.socket_id) == {}
    batch = [
        {"channel": "py-news", "name": "first", "data": {"n": 2}},
        {"channel": "py-more", "name": "second", "data": {"n": 3}},
    ]
    SERVER.trigger_batch(batch)
    assert [ada.next("first"), ada.next("second")] == [{"n": 2}, {"n": 3}]


def authorizes_and_asks():
    ada = Subscriber()
    user = {"user_id": 7, "user_info": {"name": "Ada"}}
    room = "presence-py-room"
    members = ada.subscribe(room, **SERVER.authenticate(room, ada.socket_id, user))
    assert members["presence"]["ids"] == ["7"], members
    ada.subscribe("private-py", **SERVER.authenticate("private-py", ada.socket_id))
    listed = SERVER.channels_info("presence-py", ["user_count"])
    assert listed == {"channels": {room: {"user_count": 1}}}, listed
    told = SERVER.channel_info(room, ["user_count", "subscription_count"])
    assert told == {"occupied": True, "user_count": 1, "subscription_count": 1}, told
    assert SERVER.users_info(room) == {"users": [{"id": "7"}]}


def reaches_and_terminates_users():
    ada = Subscriber()
    ada.send("pusher:signin", SERVER.authenticate_user(ada.socket_id, {"id": "py-ada"}))
    assert json.loads(ada.next("pusher:signin_success")["user_data"])["id"] == "py-ada"
    ada.subscribe("#server-to-user-py-ada", auth="")
    SERVER.send_to_user("py-ada", "note", {"hello": "you"})
    assert ada.next("note") == {"hello": "you"}
    assert SERVER.terminate_user_connections("py-ada") == {}
    opcode = None
    while opcode != websocket.ABNF.OPCODE_CLOSE:
        opcode, payload = ada.socket.recv_data()
    assert int.from_bytes(payload[:2], "big") == 4009, payload


def tells_errors_apart():
    for error, call in [
        (pusher.errors.PusherBadAuth, lambda: sdk(secret="wrong").trigger("c", "e", {})),
        (pusher.errors.PusherBadRequest, lambda: SERVER.users_info("py-open")),
    ]:
        try:
            call()
        except error:
            continue
        raise AssertionError(f"no {error.__name__}")


def verifies_webhooks():
    hooks = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            hooks.append((self.headers["x-pusher-key"], self.headers["x-pusher-signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Says nothing: the script's output is for failures."""

    receiver = ThreadingHTTPServer(("127.0.0.1", int(os.environ["WEBHOOK_PORT"])), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    ada = Subscriber()
    ada.subscribe("py-hooked")

    def told():
        valid = [SERVER.validate_webhook(*hook) for hook in hooks]
        assert all(valid), "every webhook is signed with the app's secret"
        return [event for hook in valid for event in hook["events"]]

    until(lambda: {"name": "channel_occupied", "channel": "py-hooked"} in told(), "the webhook")


triggers()
authorizes_and_asks()
reaches_and_terminates_users()
tells_errors_apart()
verifies_webhooks()
