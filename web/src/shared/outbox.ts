import { randomId } from './ids';
import * as outgoing from './outgoing';
import type { Outgoing, Queue } from './outgoing';
import { NoAnswer } from './socket';
import { readJson, watchItem, writeJson } from './storage';
import { Store } from './store';
import type { Ack, Body, Message } from './wire';

/** Puts one message on the wire. Rejects with `NoAnswer` when the connection failed before the acknowledgement. */
export type Deliver = (message: Outgoing) => Promise<Ack<{ message: Message }>>;

/**
 * The outgoing queue at work: kept in storage across reloads, sent in order, one message at a time.
 *
 * Tabs of one visitor share the storage key. Every change reads the queue anew, so none undoes another tab's; two
 * tabs may put the same message on the wire, which its `clientMessageId` makes harmless.
 */
export class Outbox {
  readonly queue: Store<Queue>;
  #open = false;
  #draining = false;

  constructor(
    private readonly storageKey: string,
    private readonly deliver: Deliver,
    private readonly onSent: (message: Message) => void,
  ) {
    this.queue = new Store(outgoing.restore(readJson<Queue>(storageKey, []), Date.now()));
    watchItem(storageKey, () => this.queue.set(readJson<Queue>(storageKey, [])));
  }

  send(conversationId: string | null, body: Body): void {
    this.#change((queue) => outgoing.enqueue(queue, randomId(), conversationId, body, Date.now()));
    void this.#drain();
  }

  retry(id: string): void {
    this.#change((queue) => outgoing.retry(queue, id));
    void this.#drain();
  }

  discard(id: string): void {
    this.#change((queue) => outgoing.remove(queue, id));
  }

  /** The connection is up and the room is joined: send what waits. */
  resume(): void {
    this.#open = true;
    void this.#drain();
  }

  pause(): void {
    this.#open = false;
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#deliver(next);
    } finally {
      this.#draining = false;
    }
  }

  #next(): Outgoing | undefined {
    return this.#open ? outgoing.head(this.queue.value) : undefined;
  }

  async #deliver(message: Outgoing): Promise<void> {
    const id = message.clientMessageId;
    this.#change((queue) => outgoing.markSending(queue, id));
    try {
      const ack = await this.deliver(message);
      if (ack.ok) {
        this.onSent({ ...ack.message, client_message_id: id });
        this.#change((queue) => outgoing.remove(queue, id));
      } else {
        const error = ack.dropped ? 'Too many messages at once. Try again in a moment.' : ack.error;
        this.#change((queue) => outgoing.markFailed(queue, id, error));
      }
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      this.pause(); // Whoever watches the connection resumes it.
      this.#change((queue) => outgoing.markUnanswered(queue, id));
    }
  }

  #change(edit: (queue: Queue) => Queue): void {
    const queue = edit(this.#stored());
    writeJson(this.storageKey, queue);
    this.queue.set(queue);
  }

  /** What storage holds; before the first write of this page, its restored form. */
  #stored(): Queue {
    const stored = readJson<Queue | null>(this.storageKey, null);
    if (!stored || stored.length === 0) return [];
    const known = new Map(this.queue.value.map((message) => [message.clientMessageId, message]));
    return stored.map((message) => known.get(message.clientMessageId) ?? message);
  }
}
