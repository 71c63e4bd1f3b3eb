import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type Deliver } from '../src/shared/outbox';
import { NoAnswer } from '../src/shared/socket';
import type { Message } from '../src/shared/wire';
import { message, text } from './message';

/** An outbox whose server is the given function; `sent` collects what was acknowledged. */
function outboxWith(deliver: Deliver, key: string = crypto.randomUUID()) {
  const sent: Message[] = [];
  const outbox = new Outbox(key, deliver, (kept) => sent.push(kept));
  return { outbox, sent, key };
}

/** Time enough for everything that can happen without a further event. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('the outbox', () => {
  beforeEach(() => void vi.stubGlobal('addEventListener', () => undefined));
  afterEach(() => void vi.unstubAllGlobals());

  it('sends nothing before it is told to, then everything in order, one at a time', async () => {
    let onWire = 0;
    const { outbox, sent } = outboxWith(async ({ body }) => {
      onWire += 1;
      expect(onWire).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      onWire -= 1;
      return { ok: true, message: message(sent.length + 1, { content: body.content }) };
    });
    for (const each of ['a', 'b', 'c']) outbox.send('c1', text(each));
    await settled();
    expect(sent).toHaveLength(0);
    outbox.resume();
    await vi.waitFor(() => expect(sent.map(({ content }) => content)).toEqual(['a', 'b', 'c']));
    await settled();
    expect(outbox.queue.value).toHaveLength(0);
  });

  it('repeats an unanswered message under its id, and only after the next connection', async () => {
    const ids: string[] = [];
    const { outbox, sent } = outboxWith(({ clientMessageId }) => {
      ids.push(clientMessageId);
      if (ids.length === 1) return Promise.reject(new NoAnswer());
      return Promise.resolve({ ok: true, message: message(1) });
    });
    outbox.resume();
    outbox.send('c1', text('a'));
    await settled();
    expect(ids).toHaveLength(1);
    outbox.resume();
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(ids[1]).toBe(ids[0]);
    expect(sent[0]?.client_message_id).toBe(ids[0]);
  });

  it('keeps what a rate limit dropped until its sender tries again', async () => {
    let limited = true;
    const { outbox, sent } = outboxWith(() =>
      Promise.resolve(limited ? { ok: false, error: 'rate limited', dropped: true } : { ok: true, message: message(1) }),
    );
    outbox.resume();
    outbox.send('c1', text('a'));
    await settled();
    expect(outbox.queue.value[0]).toMatchObject({ state: 'failed' });
    limited = false;
    outbox.retry(outbox.queue.value[0]!.clientMessageId);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
  });

  it('finds its messages again after a reload', async () => {
    const before = outboxWith(() => Promise.reject(new NoAnswer()));
    before.outbox.send('c1', text('a'));
    before.outbox.resume();
    await settled();
    const after = outboxWith(() => Promise.resolve({ ok: true, message: message(1) }), before.key);
    expect(after.outbox.queue.value).toMatchObject([{ state: 'queued', body: { content: 'a' } }]);
    after.outbox.resume();
    await vi.waitFor(() => expect(after.sent).toHaveLength(1));
  });
});
