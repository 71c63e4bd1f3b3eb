import type { Outgoing } from '../shared/outgoing';
import { Outbox } from '../shared/outbox';
import { Receipts } from '../shared/receipts';
import { Connection, NoAnswer } from '../shared/socket';
import { Store } from '../shared/store';
import { TypingReporter } from '../shared/typing';
import type { Ack, AgentStatusChanged, Body, ConversationUpdated, Message } from '../shared/wire';
import { ApiError, resolveConversation, tagConversation } from './api';
import type { InboxBootstrap } from './bootstrap';
import type { View } from './conversations';
import { Directory } from './directory';
import { Previews } from './previews';
import { Thread } from './thread';
import { Unread } from './unread';

/** An agent's inbox: everything it does apart from showing it. */
export class InboxSession {
  readonly connection = new Connection();
  readonly directory = new Directory();
  readonly previews = new Previews();
  readonly unread: Unread;
  readonly outbox: Outbox;
  readonly view = new Store<View>('unassigned');
  /** The conversation on the screen. */
  readonly thread = new Store<Thread | null>(null);
  /** Ids of the agents with a connection. */
  readonly online = new Store<ReadonlySet<string>>(new Set());
  /** Something that went otherwise than the agent wanted. */
  readonly notice = new Store<string | null>(null);
  readonly #threads = new Map<string, Thread>();
  readonly #receipts = new Receipts(this.connection);
  readonly #reporter = new TypingReporter(this.connection, 'agent');

  constructor(readonly bootstrap: InboxBootstrap) {
    const me = bootstrap.agent.id;
    this.unread = new Unread(me);
    this.outbox = new Outbox(`sb_outgoing_${me}`, (message) => this.#deliver(message), (message) => this.#sent(message));
    this.#listen();
    this.directory.all.watch(() => this.#look());
    document.addEventListener('visibilitychange', () => this.#look());
  }

  start(): void {
    this.connection.start();
    void this.#refresh();
  }

  /** Shows a conversation, or none. */
  select(id: string | null): void {
    const before = this.thread.value;
    if (before?.conversationId === id) return;
    before?.feed.leave();
    this.#reporter.reset();
    this.thread.set(id ? this.#threadOf(id) : null);
    if (id && !this.directory.all.value.has(id)) void this.directory.fetch(id);
    void this.thread.value?.open().then(() => this.#look());
  }

  /** Takes the conversation on the screen. Of two agents who try at once one wins; the other reads who. */
  async claim(): Promise<void> {
    const id = this.thread.value?.conversationId;
    if (!id) return;
    try {
      const ack = await this.connection.call<{ assigned_agent_id?: string }>('claim_conversation', { conversation_id: id });
      if (ack.ok) this.directory.assign(id, ack.assigned_agent_id ?? this.bootstrap.agent.id);
      else await this.#explainLostClaim(id, ack.error);
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      this.notice.set('Not claimed: the connection was lost. Try again.');
    }
  }

  async resolve(tags: readonly string[]): Promise<void> {
    await this.#change((id) => resolveConversation(id, tags));
  }

  async tag(tags: readonly string[]): Promise<void> {
    await this.#change((id) => tagConversation(id, tags));
  }

  say(text: string): void {
    const id = this.thread.value?.conversationId;
    if (!id) return;
    this.#reporter.reset();
    this.outbox.send(id, { content_type: 'text', content: text, rich_media: null } satisfies Body);
  }

  typed(): void {
    this.#reporter.input(this.thread.value?.conversationId ?? null);
  }

  nameOfAgent(id: string | null): string {
    if (id === this.bootstrap.agent.id) return 'You';
    return this.bootstrap.agents.find((agent) => agent.id === id)?.name ?? 'A teammate';
  }

  #listen(): void {
    const { connection } = this;
    connection.onConnected((recovered) => void this.#connected(recovered));
    connection.onDisconnected(() => this.outbox.pause());
    connection.onWoken(() => void this.#joinRooms().catch(ignoreNoAnswer));
    connection.on('message_received', (message) => this.#received(message));
    connection.on('conversation_updated', (event) => this.#updated(event));
    connection.on('conversation_assigned', ({ conversation_id, assigned_to }) =>
      this.directory.assign(conversation_id, assigned_to),
    );
    connection.on('typing_indicator', ({ conversation_id, sender_type }) =>
      this.#threads.get(conversation_id)?.typing.started(sender_type),
    );
    connection.on('typing_cleared', ({ conversation_id }) => this.#threads.get(conversation_id)?.typing.cleared());
    connection.on('messages_read', (event) => this.#threads.get(event.conversation_id)?.feed.read(event));
    connection.on('agent_status_changed', (event) => this.#presence(event));
  }

  async #connected(recovered: boolean): Promise<void> {
    if (!recovered) for (const thread of this.#threads.values()) thread.feed.forgetRoom();
    // Rooms before lists: what changes between the two is then heard twice rather than never.
    if (!recovered) await this.#joinRooms().catch(ignoreNoAnswer);
    await this.thread.value?.open();
    if (this.connection.connected) this.outbox.resume();
    if (!recovered) await this.#refresh();
  }

  async #joinRooms(): Promise<void> {
    const queue = await this.connection.call('join_queue');
    if (!queue.ok) return; // The list request that follows finds out whether the session has ended.
    const presence = await this.connection.call<{ online?: string[] }>('join_org_presence');
    if (presence.ok && presence.online) this.online.set(new Set(presence.online));
  }

  async #refresh(): Promise<void> {
    try {
      await this.directory.refresh(this.thread.value?.conversationId ?? null);
      this.unread.reconcile(this.directory.all.value);
      this.#look();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      this.notice.set(`The list could not be loaded. ${failure.message}`);
    }
  }

  #received(message: Message & { conversation_id: string }): void {
    const thread = this.#threads.get(message.conversation_id);
    thread?.feed.receive(message);
    if (message.sender_id !== this.bootstrap.agent.id) thread?.typing.cleared();
    this.previews.set(message.conversation_id, message, message.sender_type);
    if (thread === this.thread.value) this.#look();
  }

  #updated({ conversation_id: id, sender_type, content_type, content, status }: ConversationUpdated): void {
    this.directory.refetch(id);
    if (status || !sender_type) return;
    this.previews.set(id, { content_type: content_type ?? 'text', content: content ?? '' }, sender_type);
    const looking = this.thread.value?.conversationId === id && document.visibilityState === 'visible';
    if (sender_type === 'end_user' && !looking) this.unread.arrived(id);
    if (sender_type === 'agent') this.unread.seen(id, this.directory.all.value.get(id)?.updated_at);
  }

  #presence({ agent_id, status }: AgentStatusChanged): void {
    const online = new Set(this.online.value);
    if (status === 'online') online.add(agent_id);
    else online.delete(agent_id);
    this.online.set(online);
  }

  /** The conversation on the screen is being looked at, if anything is. */
  #look(): void {
    const thread = this.thread.value;
    if (!thread || document.visibilityState !== 'visible') return;
    const id = thread.conversationId;
    const customers = thread.feed.timeline.value.messages.filter((message) => message.sender_type === 'end_user');
    this.#receipts.read(id, customers.map((message) => message.id));
    this.unread.seen(id, this.directory.all.value.get(id)?.updated_at);
  }

  async #explainLostClaim(id: string, error: string): Promise<void> {
    await this.directory.fetch(id);
    const winner = this.directory.all.value.get(id)?.active_session?.assigned_agent_id;
    const lost = winner && winner !== this.bootstrap.agent.id;
    this.notice.set(lost ? `${this.nameOfAgent(winner)} was faster and has this conversation now.` : error);
  }

  async #change(request: (id: string) => Promise<void>): Promise<void> {
    const id = this.thread.value?.conversationId;
    if (!id) return;
    try {
      await request(id);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      this.notice.set(failure.message);
    }
    await this.directory.fetch(id);
  }

  #threadOf(id: string): Thread {
    const known = this.#threads.get(id);
    if (known) return known;
    const thread = new Thread(id, this.connection);
    this.#threads.set(id, thread);
    return thread;
  }

  #sent(message: Message): void {
    if (message.conversation_id) this.#threads.get(message.conversation_id)?.feed.receive(message);
  }

  #deliver(message: Outgoing): Promise<Ack<{ message: Message }>> {
    return this.connection.call('send_message', {
      conversation_id: message.conversationId,
      ...message.body,
      sender_type: 'agent',
      client_message_id: message.clientMessageId,
    });
  }
}

/** For calls whose failure the next connection makes good. */
function ignoreNoAnswer(failure: unknown): void {
  if (!(failure instanceof NoAnswer)) throw failure;
}
