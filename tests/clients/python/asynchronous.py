"""python-socketio's asyncio client: the same promises, other machinery.

Every handler takes exactly one parameter, see blocking.py.
"""

import asyncio
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
    visitor_message,
)


async def until(condition, what):
    async with asyncio.timeout(SOON):
        while not condition():
            await asyncio.sleep(0.02)
    assert condition(), f"never: {what}"


class Person:
    """A connection that keeps what it is told."""

    @classmethod
    async def arrive(cls, headers=None):
        person = cls()
        person.headers = headers or {}
        person.messages, person.errors = [], []
        person.client = socketio.AsyncClient(reconnection_delay=0.1, reconnection_delay_max=0.3)

        @person.client.on("message_received")
        async def on_message(message):
            person.messages.append(message)

        @person.client.on("error")
        async def on_error(error):
            person.errors.append(error)

        await person.client.connect(BASE_URL, headers=person.headers, transports=[TRANSPORT])
        return person

    async def ask(self, event, payload):
        return await self.client.call(event, payload, timeout=SOON)


class Conversation(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.external_id = f"visitor-{uuid.uuid4()}"
        self.visitor = await Person.arrive()
        self.agent = await Person.arrive(await asyncio.to_thread(log_in, DEMO["agents"][0]))
        self.conversation_id = None

    async def asyncTearDown(self):
        await self.visitor.client.disconnect()
        await self.agent.client.disconnect()

    async def say(self, content):
        payload = visitor_message(self.conversation_id, self.external_id, content)
        answer = await self.visitor.ask("send_message", payload)
        self.assertTrue(answer["ok"], answer)
        self.conversation_id = answer["message"]["conversation_id"]
        return answer["message"]

    async def join(self):
        payload = {"conversation_id": self.conversation_id}
        self.assertTrue((await self.agent.ask("join_conversation", payload))["ok"])

    async def test_both_sides_hear_each_other(self):
        await self.say("hello")
        await self.join()
        await self.agent.ask("send_message", agent_message(self.conversation_id, "hi"))
        await until(lambda: len(self.visitor.messages) == 2, "the visitor has both")
        self.assertEqual([it["content"] for it in self.visitor.messages], ["hello", "hi"])

    async def test_acknowledgements_come_in_order(self):
        await self.say("first")
        order = []

        async def say(text):
            order.append((text, (await self.say(text))["seq"]))

        await asyncio.gather(*(say(str(number)) for number in range(40)))
        self.assertEqual(order, [(str(number), number + 2) for number in range(40)])

    async def test_a_refusal_is_an_error_event(self):
        answer = await self.visitor.ask("join_queue", {})
        self.assertFalse(answer["ok"])
        await until(lambda: self.visitor.errors, "the error event comes too")

    async def test_what_was_missed_is_sent_on_joining(self):
        first = await self.say("0")
        await self.visitor.client.disconnect()
        await self.agent.ask("send_message", agent_message(self.conversation_id, "1"))
        await self.agent.ask("send_message", agent_message(self.conversation_id, "2"))
        self.visitor = await Person.arrive()
        join = {"conversation_id": self.conversation_id, "external_id": self.external_id}
        answer = await self.visitor.ask("join_conversation", {**join, "after": first["seq"]})
        self.assertEqual(answer["seq"], 3)
        self.assertEqual([it["content"] for it in self.visitor.messages], ["1", "2"])

    async def test_a_killed_server_is_found_again(self):
        await self.say("before")
        await asyncio.to_thread(control, "kill9")
        await until(lambda: not self.visitor.client.connected, "the client noticed")
        await asyncio.to_thread(control, "restart")
        await until(lambda: self.visitor.client.connected, "the client is back")
        await self.say("after")
        stored = await asyncio.to_thread(history, self.conversation_id, self.agent.headers)
        self.assertEqual([it["content"] for it in stored], ["before", "after"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
