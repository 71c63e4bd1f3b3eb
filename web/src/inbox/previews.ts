import { summary } from '../shared/entries';
import { Store } from '../shared/store';
import type { Body, SenderType } from '../shared/wire';
import { ApiError, getHistory } from './api';

/** The last thing said in a conversation. */
export interface Preview {
  text: string;
  sender: SenderType;
}

/** So many rows get their last line looked up; nobody scrolls further before an event brings it anyway. */
const LOOKED_UP_MAX = 40;

/** The last line of each conversation: from events as they come, from history for those that have been quiet. */
export class Previews {
  readonly all = new Store<ReadonlyMap<string, Preview>>(new Map());
  #asked = new Set<string>();
  #waiting: string[] = [];
  #working = false;

  set(id: string, body: Pick<Body, 'content_type' | 'content'>, sender: SenderType): void {
    this.all.set(new Map(this.all.value).set(id, { text: summary(body), sender }));
  }

  /** Looks up what is missing, one conversation at a time: these lines must not get in the way of anything. */
  want(ids: readonly string[]): void {
    const missing = ids.slice(0, LOOKED_UP_MAX).filter((id) => !this.#asked.has(id) && !this.all.value.has(id));
    for (const id of missing) this.#asked.add(id);
    this.#waiting.push(...missing);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let id = this.#waiting.shift(); id; id = this.#waiting.shift()) await this.#lookUp(id);
    this.#working = false;
  }

  async #lookUp(id: string): Promise<void> {
    try {
      const first = await getHistory(id, 0, 1);
      const last = first.total > 1 ? await getHistory(id, first.total - 1, 1) : first;
      const message = last.messages.at(-1);
      if (message && !this.all.value.has(id)) this.set(id, message, message.sender_type);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      this.#asked.delete(id); // A row without its last line is still a row; the next list asks again.
    }
  }
}
