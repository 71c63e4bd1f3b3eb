import { readJson, writeJson } from '../shared/storage';
import { Store } from '../shared/store';
import type { Conversation } from '../shared/wire';
import { inView, type Conversations } from './conversations';

type Seen = Record<string, string>;

/**
 * Which conversations have something new for this agent. Events count messages as they come; what came while the
 * inbox was closed shows by comparing each conversation's last activity with the one last looked at here.
 */
export class Unread {
  readonly counts = new Store<ReadonlyMap<string, number>>(new Map());
  readonly #key: string;
  #seen: Seen;

  constructor(private readonly me: string) {
    this.#key = `sb_seen_${me}`;
    this.#seen = readJson<Seen>(this.#key, {});
  }

  /** A customer's message came for a conversation nobody here is looking at. */
  arrived(id: string): void {
    this.#count(id, (this.counts.value.get(id) ?? 0) + 1);
  }

  /** The conversation was looked at, or answered by somebody. */
  seen(id: string, updatedAt: string | undefined): void {
    this.#count(id, 0);
    if (!updatedAt || this.#seen[id] === updatedAt) return;
    this.#seen = { ...this.#seen, [id]: updatedAt };
    writeJson(this.#key, this.#seen);
  }

  /** After a fresh list: what moved on since it was last seen is unread; what is gone is forgotten. */
  reconcile(all: Conversations): void {
    this.#seen = Object.fromEntries(Object.entries(this.#seen).filter(([id]) => all.has(id)));
    writeJson(this.#key, this.#seen);
    for (const conversation of all.values()) {
      if (this.#concerns(conversation) && this.#movedOn(conversation)) {
        this.#count(conversation.id, Math.max(1, this.counts.value.get(conversation.id) ?? 0));
      }
    }
  }

  /** A colleague's conversation is the colleague's to read. */
  #concerns(conversation: Conversation): boolean {
    return inView(conversation, 'unassigned', this.me) || inView(conversation, 'mine', this.me);
  }

  #movedOn({ id, updated_at }: Conversation): boolean {
    const seen = this.#seen[id];
    return seen === undefined || updated_at > seen;
  }

  #count(id: string, count: number): void {
    if ((this.counts.value.get(id) ?? 0) === count) return;
    const counts = new Map(this.counts.value);
    if (count === 0) counts.delete(id);
    else counts.set(id, count);
    this.counts.set(counts);
  }
}
