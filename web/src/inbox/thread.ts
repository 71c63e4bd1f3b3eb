import { Feed } from '../shared/feed';
import type { Connection } from '../shared/socket';
import { Store } from '../shared/store';
import { TypingWatch } from '../shared/typing';
import { ApiError, getHistory } from './api';

const PAGE = 50;

/** One conversation as it is read in the inbox: its feed, how far back it is loaded, who is typing. */
export class Thread {
  readonly feed: Feed;
  readonly typing = new TypingWatch();
  /** How many messages lie before the oldest one loaded; `null` while the first page is on its way. */
  readonly older = new Store<number | null>(null);
  readonly error = new Store<string | null>(null);
  #loading = false;

  constructor(
    readonly conversationId: string,
    connection: Connection,
  ) {
    this.feed = new Feed(conversationId, connection);
  }

  /** The newest page, then the room; where the page is here already, only the room with what was missed. */
  async open(): Promise<void> {
    if (this.older.value === null) await this.#once(() => this.#loadNewest());
    if (!this.feed.joined) await this.feed.join();
  }

  async loadOlder(): Promise<void> {
    const older = this.older.value;
    if (!older) return;
    await this.#once(async () => {
      const offset = Math.max(0, older - PAGE);
      const { messages } = await getHistory(this.conversationId, offset, older - offset);
      this.feed.addHistory(messages, false);
      this.older.set(offset);
    });
  }

  async #loadNewest(): Promise<void> {
    const first = await getHistory(this.conversationId, 0, PAGE);
    const offset = Math.max(0, first.total - PAGE);
    // Offsets count from the beginning, so only the total tells where the end is. Twice a page, because the
    // conversation may have grown since.
    const newest = offset === 0 ? first : await getHistory(this.conversationId, offset, 2 * PAGE);
    this.feed.addHistory(newest.messages, true);
    this.older.set(offset);
  }

  async #once(load: () => Promise<void>): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      await load();
      this.error.set(null);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      this.error.set(failure.message);
    } finally {
      this.#loading = false;
    }
  }
}
