import { Store } from '../shared/store';
import type { Message } from '../shared/wire';

/** Whether somebody is looking, and what came in while nobody was. */
export class Attention {
  readonly looking = new Store(false);
  readonly unread = new Store(0);
  #onScreen = true;
  /** The newest `seq` that has been looked at. */
  #seen: number;

  constructor(seen: number) {
    this.#seen = seen;
    document.addEventListener('visibilitychange', () => this.#decide());
    this.#decide();
  }

  /** Watches the panel itself: an iframe whose host has hidden it still believes that its document is visible. */
  observe(panel: Element): () => void {
    const observer = new IntersectionObserver(([entry]) => {
      this.#onScreen = entry?.isIntersecting ?? true;
      this.#decide();
    });
    observer.observe(panel);
    return () => observer.disconnect();
  }

  /** Counts what others wrote since the last look, or takes it as seen. */
  note(messages: readonly Message[]): void {
    if (this.looking.value) {
      this.#seen = messages.at(-1)?.seq ?? this.#seen;
      this.unread.set(0);
    } else {
      this.unread.set(messages.filter(({ seq, sender_type }) => seq > this.#seen && sender_type !== 'end_user').length);
    }
  }

  #decide(): void {
    this.looking.set(this.#onScreen && document.visibilityState === 'visible');
  }
}
