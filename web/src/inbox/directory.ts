import { Store } from '../shared/store';
import type { Conversation } from '../shared/wire';
import { ApiError, getConversation, listConversations } from './api';
import { assigned, VIEWS, without, withConversations, type Conversations } from './conversations';

/** Messages come in bursts; one look at the conversation serves a burst. */
const REFETCH_AFTER_MS = 150;

/** Every conversation the inbox knows of, kept up to date from events and from the server's lists. */
export class Directory {
  readonly all = new Store<Conversations>(new Map());
  readonly loading = new Store(true);
  /** Looked at since the last refresh began, hence newer than its lists. */
  readonly #fresh = new Map<string, Conversation>();
  readonly #refetching = new Map<string, ReturnType<typeof setTimeout>>();

  /**
   * Asks for all three lists: `all` may be cut at the server's page size, and what is unassigned or mine must not be
   * missing because of that. What is in none of them any more is dropped, except `keep`, which is on the screen.
   */
  async refresh(keep: string | null): Promise<void> {
    this.#fresh.clear();
    const lists = await Promise.all(VIEWS.map(listConversations));
    const kept = keep ? this.all.value.get(keep) : undefined;
    this.all.set(withConversations(new Map(), [...(kept ? [kept] : []), ...lists.flat(), ...this.#fresh.values()]));
    this.loading.set(false);
  }

  /** Looks at one conversation again, soon. */
  refetch(id: string): void {
    if (this.#refetching.has(id)) return;
    const timer = setTimeout(() => {
      this.#refetching.delete(id);
      void this.fetch(id);
    }, REFETCH_AFTER_MS);
    this.#refetching.set(id, timer);
  }

  async fetch(id: string): Promise<void> {
    try {
      const conversation = await getConversation(id);
      this.#fresh.set(id, conversation);
      this.all.update((all) => withConversations(all, [conversation]));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (failure.status === 404) this.all.update((all) => without(all, id));
      // Anything else: the next event or the next connection looks again.
    }
  }

  assign(id: string, agentId: string | null): void {
    if (this.all.value.has(id)) this.all.update((all) => assigned(all, id, agentId));
    this.refetch(id);
  }
}
