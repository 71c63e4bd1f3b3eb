// The six content types, as a visitor and an agent see them.
import assert from "node:assert/strict";
import test from "node:test";
import { Agent as Bot, askOk } from "../clients/javascript/people.mjs";
import { Agent, Visitor, eventually } from "./pages.mjs";

const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC",
  "base64",
);

const CONTENTS = [
  { content_type: "text", content: "See https://example.com/help or <b>ask</b>" },
  {
    content_type: "image",
    content: "Our shop",
    rich_media: { url: "https://pictures.example/shop.png", alt: "A shop by the sea" },
  },
  {
    content_type: "file",
    content: "invoice.pdf",
    rich_media: { url: "https://files.example/invoice.pdf", filename: "invoice.pdf", size: 204800 },
  },
  {
    content_type: "quick_button",
    content: "Was this helpful?",
    rich_media: { buttons: [{ label: "Yes", value: "yes" }, { label: "No", value: "no" }] },
  },
  {
    content_type: "carousel",
    content: "",
    rich_media: {
      cards: [
        { title: "Mug", subtitle: "Blue", image_url: "https://pictures.example/mug.png",
          buttons: [{ label: "Buy the mug", value: "buy_mug" }] },
        { title: "Poster", subtitle: "A2" },
      ],
    },
  },
  {
    content_type: "dropdown",
    content: "Select your region:",
    rich_media: {
      placeholder: "-- pick one --",
      options: [{ label: "Asia Pacific", value: "apac" }, { label: "Europe", value: "eu" }],
    },
  },
];

test("every kind of content is shown, and a choice is sent once", async () => {
  const visitor = await Visitor.arrive();
  await visitor.context.route("https://pictures.example/**", (route) =>
    route.fulfill({ body: PICTURE, contentType: "image/png" }),
  );
  await visitor.say("Show me everything");
  await eventually(() => visitor.states(), ["sent"], "the message is sent");
  const bot = await Bot.arrive();
  const [{ id }] = await bot.get("/api/conversations/");
  for (const content of CONTENTS) {
    await askOk(bot.socket, "send_message", { conversation_id: id, sender_type: "agent", ...content });
  }
  await eventually(() => visitor.at("message").count(), 7, "all of them came");

  const bubble = (at) => visitor.at("message").nth(at);
  const link = bubble(1).locator("a");
  assert.equal(await link.getAttribute("href"), "https://example.com/help");
  assert.match(await link.getAttribute("rel"), /noopener/);
  assert.match(await bubble(1).textContent(), /<b>ask<\/b>/);
  // Pictures are fetched when they come into view.
  await bubble(2).scrollIntoViewIfNeeded();
  await bubble(2).getByRole("img", { name: "A shop by the sea" }).waitFor();
  assert.match(await bubble(3).textContent(), /invoice\.pdf.*200/s);
  assert.equal(await bubble(5).locator(".card").count(), 2);
  await visitor.picture("widget-contents");
  await bubble(6).scrollIntoViewIfNeeded();

  await bubble(4).getByRole("button", { name: "Yes" }).click();
  await eventually(async () => (await visitor.messages()).at(-1), ["end_user", "yes"], "the button");
  assert.equal(await bubble(4).getByRole("button", { name: "No" }).isDisabled(), true);
  await bubble(6).locator("select").selectOption("eu");
  await bubble(6).getByRole("button").click();
  await eventually(async () => (await visitor.messages()).at(-1), ["end_user", "eu"], "the list");
  await bubble(5).getByRole("button", { name: "Buy the mug" }).click();
  await eventually(async () => (await visitor.messages()).at(-1), ["end_user", "buy_mug"], "the card");

  const agent = await Agent.arrive();
  await agent.pick("all");
  await eventually(() => agent.at("message").count(), 10, "the agent sees the same");
  await agent.picture("inbox-contents");
  visitor.isFine();
  agent.isFine();
});
