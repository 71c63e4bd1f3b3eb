import { Store } from '../shared/store';

/**
 * The page around the iframe, if it was our loader that made it: the loader says hello first, and only then, and
 * only to the origin that said it, does the widget ever post anything.
 */
export class Host {
  /** Whether there is a loader that can close the panel. */
  readonly present = new Store(false);
  /** How often the visitor has opened the panel; each time the focus belongs to the composer. */
  readonly opened = new Store(0);
  #origin = '*';

  constructor() {
    addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.source !== parent || parent === window) return;
      const kind = kindOf(event.data);
      if (kind === 'switchboard:hello') this.#meet(event.origin);
      if (kind === 'switchboard:opened') this.opened.update((times) => times + 1);
    });
  }

  close(): void {
    this.#post({ type: 'switchboard:close' });
  }

  unread(count: number): void {
    this.#post({ type: 'switchboard:unread', count });
  }

  #meet(origin: string): void {
    // A page opened from a file has the origin "null", which cannot be addressed.
    this.#origin = origin === 'null' ? '*' : origin;
    this.present.set(true);
  }

  #post(message: object): void {
    if (this.present.value) parent.postMessage(message, this.#origin);
  }
}

function kindOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? (data as { type?: unknown }).type : undefined;
}
