import { io, type Socket } from 'socket.io-client';
import { Store } from './store';
import type { Ack, ServerEvents } from './wire';

/** The connection failed before the answer came: whether the server heard the call is unknown. */
export class NoAnswer extends Error {}

/**
 * What a person may be told about the connection. `starting` is silent, `slow` is a first connection that takes its
 * time; `restored` lasts a moment after a loss.
 */
export type Link = 'starting' | 'slow' | 'online' | 'lost' | 'restored';

const ANSWER_WITHIN_MS = 10_000;
/** Shorter losses are a flicker that nobody needs to read about. */
const LOSS_GRACE_MS = 400;
const RESTORED_SHOWN_MS = 2_000;
const SLOW_AFTER_MS = 4_000;
const COME_BACK_AFTER_MS = 1_000;

/**
 * The page's one Socket.IO connection. It reconnects for as long as the page lives, at once when the device wakes or
 * comes online, and treats a call without an answer as what it is: a dead connection, whatever the socket believes.
 */
export class Connection {
  readonly link = new Store<Link>('starting');
  readonly #socket: Socket;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onWoken: () => void = () => {};

  /** `auth` is shown to the server each time the socket connects. */
  constructor(auth: Record<string, string> = {}) {
    this.#socket = io({
      auth,
      path: '/socket.io/',
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      autoConnect: false,
      reconnectionDelay: 250,
      reconnectionDelayMax: 15_000,
      timeout: ANSWER_WITHIN_MS,
    });
    this.#socket.on('connect', () => this.#up());
    this.#socket.on('disconnect', (reason) => this.#down(reason));
    this.#socket.on('connect_error', () => this.#refused());
    addEventListener('online', () => this.#wake());
    addEventListener('pageshow', () => this.#wake());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#wake();
    });
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** Connects. Handlers are registered before, so none of them misses the first event. */
  start(): void {
    this.#later(SLOW_AFTER_MS, () => this.link.set('slow'));
    this.#socket.connect();
  }

  on<E extends keyof ServerEvents>(event: E, handler: ServerEvents[E]): void {
    this.#socket.on(event as string, handler as (...args: unknown[]) => void);
  }

  /** After each connect; `recovered` means that the server has replayed all that was missed and kept the rooms. */
  onConnected(handler: (recovered: boolean) => void): void {
    this.#socket.on('connect', () => handler(this.#socket.recovered));
  }

  onDisconnected(handler: () => void): void {
    this.#socket.on('disconnect', handler);
  }

  /** The device woke up or came online with the connection seemingly whole: the moment to make sure of it. */
  onWoken(handler: () => void): void {
    this.#onWoken = handler;
  }

  /** Sends an event and waits for its acknowledgement. Rejects with `NoAnswer`, at once when there is no connection. */
  async call<T>(event: string, payload: object = {}): Promise<Ack<T>> {
    // An emit without connection would be buffered and sent behind our back later, out of order with the outbox.
    if (!this.#socket.connected) throw new NoAnswer('not connected');
    try {
      return (await this.#socket.timeout(ANSWER_WITHIN_MS).emitWithAck(event, payload)) as Ack<T>;
    } catch {
      this.#giveUpOn(this.#socket.id);
      throw new NoAnswer(`no answer to ${event}`);
    }
  }

  /** Sends an event that is worthless a second later; without a connection it is forgotten. */
  tell(event: string, payload: object): void {
    if (this.#socket.connected) this.#socket.volatile.emit(event, payload);
  }

  /** Reconnects now instead of after the current delay. */
  retryNow(): void {
    if (this.#socket.connected) return;
    this.#socket.disconnect().connect();
  }

  #up(): void {
    clearTimeout(this.#timer);
    const wasLost = this.link.value === 'lost';
    this.link.set(wasLost ? 'restored' : 'online');
    if (wasLost) this.#later(RESTORED_SHOWN_MS, () => this.link.set('online'));
  }

  #down(reason: string): void {
    this.#later(LOSS_GRACE_MS, () => this.link.set('lost'));
    // The client library takes a server's goodbye for final; a node that drains means "come back".
    if (reason === 'io server disconnect') this.#comeBack();
  }

  /** A server that refuses the handshake has had the last word for the library as well. */
  #refused(): void {
    if (!this.#socket.active) this.#comeBack();
  }

  #comeBack(): void {
    setTimeout(() => this.retryNow(), COME_BACK_AFTER_MS * (1 + Math.random()));
  }

  /** Closes the transport, not the socket: the library then reconnects, and the server may recover the session. */
  #giveUpOn(id: string | undefined): void {
    if (this.#socket.connected && this.#socket.id === id) this.#socket.io.engine.close();
  }

  #wake(): void {
    if (this.link.value === 'starting') return;
    if (this.#socket.connected) this.#onWoken();
    else this.retryNow();
  }

  #later(delayMs: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, delayMs);
  }
}
