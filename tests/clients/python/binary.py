"""Arguments of every kind, there and back, through the server for protocol suites."""

import threading
import unittest

import socketio
from people import BASE_URL, SOON, TRANSPORT

ARGUMENTS = [
    "text",
    "text with \U0001f600 and \x00 and \x1e",
    {"number": 1.5, "nothing": None, "list": [True, False]},
    b"",
    bytes(range(256)),
    b"\x07" * 100_000,
    {"nested": [b"\x01", {"deep": b"\x02"}]},
]


class Echo(unittest.TestCase):
    def setUp(self):
        self.client = socketio.Client()
        self.client.connect(BASE_URL, transports=[TRANSPORT])
        self.addCleanup(self.client.disconnect)

    def test_what_is_sent_comes_back(self):
        for value in ARGUMENTS:
            came, back = threading.Event(), []
            self.client.on("message-back", lambda it: (back.append(it), came.set()))
            self.client.emit("message", value)
            self.assertTrue(came.wait(SOON))
            self.assertEqual(back, [value])

    def test_what_is_acknowledged_comes_back(self):
        for value in ARGUMENTS:
            self.assertEqual(self.client.call("message-with-ack", value, timeout=SOON), value)

    def test_the_heartbeat_holds_an_idle_connection(self):
        self.client.sleep(1.5)
        self.assertTrue(self.client.connected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
