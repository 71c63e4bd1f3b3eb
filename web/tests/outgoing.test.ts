import { describe, expect, it } from 'vitest';
import * as outgoing from '../src/shared/outgoing';
import type { Queue } from '../src/shared/outgoing';
import { text } from './message';

const NOW = 1_700_000_000_000;
const queued = (...ids: string[]): Queue =>
  ids.reduce<Queue>((queue, id) => outgoing.enqueue(queue, id, 'c1', text(id), NOW), []);

describe('the outgoing queue', () => {
  it('sends the oldest first and nothing else until that one is acknowledged', () => {
    let queue = queued('a', 'b');
    expect(outgoing.head(queue)?.clientMessageId).toBe('a');
    queue = outgoing.markSending(queue, 'a');
    expect(outgoing.head(queue)?.clientMessageId).toBe('a');
    queue = outgoing.remove(queue, 'a');
    expect(outgoing.head(queue)?.clientMessageId).toBe('b');
  });

  it('keeps a message first in line when the connection fails, under the same id', () => {
    const queue = outgoing.markUnanswered(outgoing.markSending(queued('a', 'b'), 'a'), 'a');
    expect(outgoing.head(queue)).toMatchObject({ clientMessageId: 'a', state: 'queued', unanswered: 1 });
  });

  it('asks its sender after five attempts without an answer', () => {
    let queue = queued('a', 'b');
    for (let attempt = 0; attempt < 5; attempt += 1) queue = outgoing.markUnanswered(queue, 'a');
    expect(queue[0]).toMatchObject({ state: 'failed', error: 'The server did not answer.' });
    expect(outgoing.head(queue)?.clientMessageId).toBe('b');
  });

  it('keeps a refused message until its sender retries or deletes it', () => {
    const failed = outgoing.markFailed(queued('a', 'b'), 'a', 'Too many messages.');
    expect(outgoing.head(failed)?.clientMessageId).toBe('b');
    expect(failed).toHaveLength(2);
    expect(outgoing.head(outgoing.retry(failed, 'a'))).toMatchObject({ clientMessageId: 'a', error: null });
    expect(outgoing.remove(failed, 'a')).toHaveLength(1);
  });

  it('goes on after a reload with what was on the wire', () => {
    const restored = outgoing.restore(outgoing.markSending(queued('a'), 'a'), NOW + 1_000);
    expect(outgoing.head(restored)).toMatchObject({ clientMessageId: 'a', state: 'queued' });
  });

  it('does not send by itself what has become stale in a closed tab', () => {
    const restored = outgoing.restore(queued('a'), NOW + outgoing.STALE_AFTER_MS);
    expect(outgoing.head(restored)).toBeUndefined();
    expect(restored[0]?.state).toBe('failed');
  });
});
