import { Feed } from '../shared/feed';
import type { Outgoing } from '../shared/outgoing';
import { Outbox } from '../shared/outbox';
import { Receipts } from '../shared/receipts';
import { Connection } from '../shared/socket';
import { readItem, watchItem, writeItem } from '../shared/storage';
import { Store } from '../shared/store';
import { TypingReporter, TypingWatch } from '../shared/typing';
import type { Ack, Body, Message } from '../shared/wire';
import { proofOf, type WidgetBootstrap } from './bootstrap';
import { fetchHistory } from './history';

/** A visitor's side of one conversation: everything the widget does apart from showing it. */
export class WidgetSession {
  readonly connection = new Connection({ as: 'visitor' });
  readonly feed = new Store<Feed | null>(null);
  /** Whether what is on the screen is all there is to show yet. */
  readonly loading: Store<boolean>;
  readonly typing = new TypingWatch();
  readonly outbox: Outbox;
  readonly receipts = new Receipts(this.connection);
  readonly #reporter = new TypingReporter(this.connection, 'end_user');
  /** Where the tabs of one visitor tell each other that the conversation now exists. */
  readonly #conversationKey: string;

  constructor(readonly bootstrap: WidgetBootstrap) {
    const scope = `${bootstrap.embed_token}_${bootstrap.external_id}`;
    this.#conversationKey = `sb_conversation_${scope}`;
    this.loading = new Store(bootstrap.conversation_id !== null);
    this.outbox = new Outbox(`sb_outgoing_${scope}`, (message) => this.#deliver(message), (message) => this.#sent(message));
    this.#listen();
  }

  async start(): Promise<void> {
    const known = this.bootstrap.conversation_id;
    if (known) this.#adopt(known);
    this.connection.start();
    if (!known) return;
    const messages = await fetchHistory(known, proofOf(this.bootstrap));
    this.feed.value?.addHistory(messages ?? [], true);
    this.loading.set(false);
    if (this.connection.connected) await this.#catchUp();
  }

  send(body: Body): void {
    this.#reporter.reset();
    this.outbox.send(this.feed.value?.conversationId ?? null, body);
  }

  say(text: string): void {
    this.send({ content_type: 'text', content: text, rich_media: null });
  }

  typed(): void {
    this.#reporter.input(this.feed.value?.conversationId ?? null);
  }

  #listen(): void {
    const { connection } = this;
    connection.onConnected((recovered) => void this.#connected(recovered));
    connection.onDisconnected(() => {
      this.outbox.pause();
      this.typing.cleared();
    });
    connection.onWoken(() => void this.feed.value?.join());
    connection.on('message_received', (message) => this.#received(message));
    connection.on('typing_indicator', ({ sender_type }) => {
      if (sender_type !== 'end_user') this.typing.started(sender_type);
    });
    connection.on('typing_cleared', () => this.typing.cleared());
    connection.on('messages_read', (event) => this.feed.value?.read(event));
    watchItem(this.#conversationKey, () => {
      const id = readItem(this.#conversationKey);
      if (id && !this.feed.value) void this.#adopt(id).join();
    });
  }

  async #connected(recovered: boolean): Promise<void> {
    if (!recovered) this.feed.value?.forgetRoom();
    // Joining after the history makes the join carry only what came in between.
    if (!this.loading.value) await this.#catchUp();
  }

  /** The room first, then what waits to be sent: the other way round, an answer could overtake what was missed. */
  async #catchUp(): Promise<void> {
    const feed = this.feed.value;
    if (feed && !feed.joined) await feed.join();
    if (this.connection.connected) this.outbox.resume();
  }

  #received(message: Message & { conversation_id: string }): void {
    const feed = this.#adopt(message.conversation_id);
    feed.receive(message);
    if (message.sender_type !== 'end_user') this.typing.cleared();
  }

  #sent(message: Message): void {
    if (!message.conversation_id) return;
    this.#adopt(message.conversation_id).receive(message);
    writeItem(this.#conversationKey, message.conversation_id);
  }

  /** The feed of the visitor's one conversation, made when its id becomes known. */
  #adopt(conversationId: string): Feed {
    const present = this.feed.value;
    if (present?.conversationId === conversationId) return present;
    const feed = new Feed(conversationId, this.connection, proofOf(this.bootstrap));
    this.feed.set(feed);
    return feed;
  }

  #deliver(message: Outgoing): Promise<Ack<{ message: Message }>> {
    const { embed_token, customer_name } = this.bootstrap;
    const conversation_id = message.conversationId ?? this.feed.value?.conversationId ?? null;
    const first = conversation_id === null ? { embed_token, customer_name: customer_name ?? undefined } : {};
    return this.connection.call('send_message', {
      conversation_id,
      ...message.body,
      sender_type: 'end_user',
      ...proofOf(this.bootstrap),
      client_message_id: message.clientMessageId,
      ...first,
    });
  }
}
