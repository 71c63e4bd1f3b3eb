"""python-socketio's blocking client, in the part of a visitor and of an agent.

Every handler takes exactly one parameter, as the documents of the product show them: an argument
more than the documented one would be a TypeError here.
"""

import unittest
import uuid

import socketio
from people import (
    BASE_URL,
    DEMO,
    SOON,
    TRANSPORT,
    agent_message,
    control,
    history,
    log_in,
    until,
    visitor_message,
)


class Person:
    """A connection that keeps what it is told."""

    def __init__(self, headers=None):
        self.headers = headers or {}
        self.messages, self.updates, self.errors, self.typing = [], [], [], []
        self.client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.3)
        self.client.on("message_received", lambda message: self.messages.append(message))
        self.client.on("conversation_updated", lambda update: self.updates.append(update))
        self.client.on("typing_indicator", lambda typing: self.typing.append(typing))
        self.client.on("error", lambda error: self.errors.append(error))
        self.client.connect(BASE_URL, headers=self.headers, transports=[TRANSPORT])

    def ask(self, event, payload):
        return self.client.call(event, payload, timeout=SOON)

    def contents(self):
        return [message["content"] for message in self.messages]


class Conversation(unittest.TestCase):
    def setUp(self):
        self.external_id = f"visitor-{uuid.uuid4()}"
        self.visitor = Person()
        self.agent = Person(log_in(DEMO["agents"][0]))
        self.addCleanup(self.visitor.client.disconnect)
        self.addCleanup(self.agent.client.disconnect)
        self.conversation_id = None

    def say(self, content, **more):
        payload = visitor_message(self.conversation_id, self.external_id, content, **more)
        answer = self.visitor.ask("send_message", payload)
        self.assertTrue(answer["ok"], answer)
        self.conversation_id = answer["message"]["conversation_id"]
        return answer["message"]

    def join(self, after=None):
        payload = {"conversation_id": self.conversation_id}
        self.assertTrue(self.agent.ask("join_conversation", payload)["ok"])

    def test_both_sides_hear_each_other(self):
        self.assertTrue(self.agent.ask("join_queue", {})["ok"])
        self.say("hello")
        until(lambda: self.agent.updates, "the queue hears of it")
        self.assertEqual(self.agent.updates[0]["content"], "hello")
        self.join()
        answer = self.agent.ask("send_message", agent_message(self.conversation_id, "hi"))
        self.assertTrue(answer["ok"], answer)
        until(lambda: len(self.visitor.messages) == 2, "the visitor has both")
        self.assertEqual(self.visitor.contents(), ["hello", "hi"])

    def test_an_event_without_payload_is_an_event(self):
        self.assertTrue(self.agent.ask("join_queue", None)["ok"])

    def test_a_claim_is_won_once(self):
        self.say("anyone?")
        other = Person(log_in(DEMO["agents"][1]))
        self.addCleanup(other.client.disconnect)
        claim = {"conversation_id": self.conversation_id}
        self.assertTrue(self.agent.ask("claim_conversation", claim)["ok"])
        lost = other.ask("claim_conversation", claim)
        self.assertFalse(lost["ok"])
        until(lambda: other.errors, "the error event comes too")
        self.assertEqual(other.errors[0]["message"], lost["error"])

    def test_typing_is_seen(self):
        self.say("hello")
        self.join()
        typing = {"conversation_id": self.conversation_id, "sender_type": "end_user"}
        self.visitor.client.emit("user_typing", {**typing, "external_id": self.external_id})
        until(lambda: self.agent.typing, "the agent sees it")
        self.assertEqual(self.agent.typing[0], typing)

    def test_order_is_kept(self):
        self.say("first")
        self.join()
        wanted = [str(number) for number in range(50)]
        for text in wanted:
            payload = visitor_message(self.conversation_id, self.external_id, text)
            self.visitor.client.emit("send_message", payload)
        until(lambda: len(self.agent.messages) == 50, "the agent has everything")
        self.assertEqual(self.agent.contents(), wanted)

    def test_a_killed_server_is_found_again(self):
        message = self.say("before")
        control("kill9")
        until(lambda: not self.visitor.client.connected, "the client noticed")
        control("restart")
        until(lambda: self.visitor.client.connected, "the client is back")
        until(lambda: self.agent.client.connected, "the agent is back")
        join = {"conversation_id": self.conversation_id, "external_id": self.external_id}
        answer = self.visitor.ask("join_conversation", {**join, "after": message["seq"]})
        self.assertEqual(answer["seq"], message["seq"])
        self.say("after")
        stored = history(self.conversation_id, self.agent.headers)
        self.assertEqual([it["content"] for it in stored], ["before", "after"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
