import type { Body } from './wire';

/** A message on its way out. It leaves the queue when the server has acknowledged it, not before. */
export interface Outgoing {
  /** Names the message across retries: the server answers a repetition with its first result. */
  readonly clientMessageId: string;
  /** `null`: the server creates the conversation with this message. */
  readonly conversationId: string | null;
  readonly body: Body;
  readonly createdAtMs: number;
  readonly state: 'queued' | 'sending' | 'failed';
  /** How often it went out without any answer. */
  readonly unanswered: number;
  /** Why it failed, in words for the sender. */
  readonly error: string | null;
}

export type Queue = readonly Outgoing[];

/** Unanswered this often, a message is probably what breaks the connection; a person decides from there. */
const UNANSWERED_MAX = 5;

/** After this long in a closed tab, sending by itself would surprise both sides. */
export const STALE_AFTER_MS = 6 * 60 * 60 * 1000;

export function enqueue(queue: Queue, id: string, conversationId: string | null, body: Body, nowMs: number): Queue {
  const outgoing: Outgoing = {
    clientMessageId: id,
    conversationId,
    body,
    createdAtMs: nowMs,
    state: 'queued',
    unanswered: 0,
    error: null,
  };
  return [...queue, outgoing];
}

/** The one message that may be on the wire: the oldest that has not failed. */
export function head(queue: Queue): Outgoing | undefined {
  return queue.find((outgoing) => outgoing.state !== 'failed');
}

export function markSending(queue: Queue, id: string): Queue {
  return change(queue, id, (outgoing) => ({ ...outgoing, state: 'sending', error: null }));
}

/** The connection was lost before an answer: first in line again, until it was tried too often. */
export function markUnanswered(queue: Queue, id: string): Queue {
  return change(queue, id, (outgoing) => {
    const unanswered = outgoing.unanswered + 1;
    return unanswered < UNANSWERED_MAX
      ? { ...outgoing, state: 'queued', unanswered }
      : { ...outgoing, state: 'failed', unanswered, error: 'The server did not answer.' };
  });
}

/** The server refused it; only its sender can try again. */
export function markFailed(queue: Queue, id: string, error: string): Queue {
  return change(queue, id, (outgoing) => ({ ...outgoing, state: 'failed', error }));
}

export function retry(queue: Queue, id: string): Queue {
  return change(queue, id, (outgoing) => ({ ...outgoing, state: 'queued', unanswered: 0, error: null }));
}

export function remove(queue: Queue, id: string): Queue {
  return queue.filter((outgoing) => outgoing.clientMessageId !== id);
}

/** The queue as a page finds it at load: nothing is on the wire, and what is stale waits for its sender. */
export function restore(queue: Queue, nowMs: number): Queue {
  return queue.map((outgoing) => {
    if (outgoing.state === 'failed') return outgoing;
    if (nowMs - outgoing.createdAtMs < STALE_AFTER_MS) return { ...outgoing, state: 'queued' };
    return { ...outgoing, state: 'failed', error: 'Not sent before the page was closed.' };
  });
}

function change(queue: Queue, id: string, edit: (outgoing: Outgoing) => Outgoing): Queue {
  return queue.map((outgoing) => (outgoing.clientMessageId === id ? edit(outgoing) : outgoing));
}
