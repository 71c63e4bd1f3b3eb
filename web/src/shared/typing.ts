import type { Connection } from './socket';
import { Store } from './store';
import type { SenderType } from './wire';

const TELL_EVERY_MS = 2_000;
/** A little more than the server's own 5 s, so a lost `typing_cleared` cannot leave the dots on for good. */
const BELIEVE_FOR_MS = 6_000;

/** Says that someone here is typing: only for real input, and not more often than every two seconds. */
export class TypingReporter {
  #toldAtMs = 0;

  constructor(
    private readonly connection: Connection,
    private readonly senderType: SenderType,
  ) {}

  input(conversationId: string | null): void {
    const nowMs = Date.now();
    if (!conversationId || nowMs - this.#toldAtMs < TELL_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.connection.tell('user_typing', { conversation_id: conversationId, sender_type: this.senderType });
  }

  /** The message is sent: the next key begins a new one. */
  reset(): void {
    this.#toldAtMs = 0;
  }
}

/** Who is typing on the other side, believed for a few seconds at a time. */
export class TypingWatch {
  readonly typist = new Store<SenderType | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  started(senderType: SenderType): void {
    this.typist.set(senderType);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.cleared(), BELIEVE_FOR_MS);
  }

  cleared(): void {
    clearTimeout(this.#timer);
    this.typist.set(null);
  }
}
