import type { Message } from './wire';

/** The known part of one conversation. Values are immutable; every function returns another one or the same. */
export interface Timeline {
  /** By `seq`, each `seq` once. */
  readonly messages: readonly Message[];
  /** Nothing up to this `seq` is missing at the newer end; from here a join resumes. */
  readonly synced: number;
}

export const emptyTimeline: Timeline = { messages: [], synced: 0 };

/**
 * Adds messages in any order, any number of times. `synced` grows only while the sequence goes on without a hole:
 * a message that came early is shown, yet the hole before it stays to be asked for.
 */
export function merge(timeline: Timeline, incoming: readonly Message[]): Timeline {
  if (incoming.length === 0) return timeline;
  const bySeq = new Map(timeline.messages.map((message) => [message.seq, message]));
  for (const message of incoming) bySeq.set(message.seq, combine(bySeq.get(message.seq), message));
  const messages = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  return { messages, synced: advance(timeline.synced, bySeq) };
}

/** Takes the server's word that nothing up to `seq` is missing: after a page of history, after a join. */
export function syncedTo(timeline: Timeline, seq: number): Timeline {
  return seq > timeline.synced ? { ...timeline, synced: seq } : timeline;
}

/** Whether a message is here whose predecessors are not. */
export function hasGap(timeline: Timeline): boolean {
  const last = timeline.messages.at(-1);
  return last !== undefined && last.seq > timeline.synced;
}

/** Notes that `reader` has read some messages. */
export function markRead(timeline: Timeline, reader: string, ids: readonly string[], at: string): Timeline {
  const read = new Set(ids);
  if (!timeline.messages.some((message) => read.has(message.id))) return timeline;
  const messages = timeline.messages.map((message) =>
    read.has(message.id) ? { ...message, read_by: { ...message.read_by, [reader]: at } } : message,
  );
  return { ...timeline, messages };
}

/** Later copies win, but do not take away what only an earlier one knew: the sender's own id, the readers. */
function combine(known: Message | undefined, incoming: Message): Message {
  if (!known) return incoming;
  return {
    ...known,
    ...incoming,
    client_message_id: incoming.client_message_id ?? known.client_message_id,
    read_by: { ...known.read_by, ...incoming.read_by },
  };
}

function advance(synced: number, bySeq: ReadonlyMap<number, Message>): number {
  let seq = synced;
  while (bySeq.has(seq + 1)) seq += 1;
  return seq;
}
