import type { Connection } from './socket';

const BATCH_MS = 200;

/** Tells the server what was read, a batch at a time and each message once. */
export class Receipts {
  #told = new Set<string>();
  #waiting = new Map<string, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly connection: Connection) {}

  read(conversationId: string, messageIds: readonly string[]): void {
    const fresh = messageIds.filter((id) => !this.#told.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) this.#told.add(id);
    this.#waiting.set(conversationId, [...(this.#waiting.get(conversationId) ?? []), ...fresh]);
    this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    const batches = [...this.#waiting];
    this.#waiting.clear();
    for (const [conversationId, ids] of batches) void this.#tell(conversationId, ids);
  }

  /** What could not be told is forgotten, so the next look at the conversation tells it. */
  async #tell(conversationId: string, ids: string[]): Promise<void> {
    const payload = { conversation_id: conversationId, message_ids: ids };
    const told = await this.connection.call('mark_read', payload).catch(() => null);
    if (!told?.ok) for (const id of ids) this.#told.delete(id);
  }
}
