import { NoAnswer, type Connection } from './socket';
import { Store } from './store';
import { emptyTimeline, hasGap, markRead, merge, syncedTo, type Timeline } from './timeline';
import type { Message, MessagesRead } from './wire';

/**
 * One conversation kept whole: joins its room, and after any doubt joins again from the last `seq` that is certain,
 * so the server sends what was missed before anything new.
 */
export class Feed {
  readonly timeline = new Store<Timeline>(emptyTimeline);
  #joined = false;
  #joining: Promise<boolean> | null = null;

  /** `credentials` go into every join: the visitor's `external_id`, nothing for an agent. */
  constructor(
    readonly conversationId: string,
    private readonly connection: Connection,
    private readonly credentials: { external_id?: string; external_id_hash?: string } = {},
  ) {}

  /** Whether the room is joined on the present connection. */
  get joined(): boolean {
    return this.#joined;
  }

  /** A page of history. `newest` says that it reaches to the newest message there is. */
  addHistory(messages: readonly Message[], newest: boolean): void {
    this.timeline.update((timeline) => {
      const merged = merge(timeline, messages);
      const last = messages.at(-1);
      return newest && last ? syncedTo(merged, last.seq) : merged;
    });
  }

  receive(message: Message): void {
    this.timeline.update((timeline) => merge(timeline, [message]));
    if (this.#joined && hasGap(this.timeline.value)) void this.join();
  }

  /** Someone has read some of it. */
  read({ reader, message_ids }: MessagesRead): void {
    this.timeline.update((timeline) => markRead(timeline, reader, message_ids, new Date().toISOString()));
  }

  /** The connection is new and has forgotten its rooms. */
  forgetRoom(): void {
    this.#joined = false;
  }

  /** Joins, or joins again to fetch what is missing. Resolves to whether the room is joined. */
  join(): Promise<boolean> {
    this.#joining ??= this.#join().finally(() => (this.#joining = null));
    return this.#joining;
  }

  leave(): void {
    this.#joined = false;
    this.connection.tell('leave_conversation', { conversation_id: this.conversationId });
  }

  async #join(): Promise<boolean> {
    try {
      const ack = await this.connection.call<{ seq?: number }>('join_conversation', {
        conversation_id: this.conversationId,
        after: this.timeline.value.synced,
        ...this.credentials,
      });
      if (!ack.ok) return false;
      this.#joined = true;
      // A hole that a join does not fill is not ours to see; without this it would be asked for forever.
      const newest = Math.max(ack.seq ?? 0, this.timeline.value.messages.at(-1)?.seq ?? 0);
      this.timeline.update((timeline) => syncedTo(timeline, newest));
      return true;
    } catch (failure) {
      if (failure instanceof NoAnswer) return false;
      throw failure;
    }
  }
}
