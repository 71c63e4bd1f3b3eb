import { randomId } from '../../shared/ids';
import { persistently } from '../../shared/persistently';
import { readJson, watchItem, writeJson } from '../../shared/storage';
import type { Visitor } from '../chat';
import { answered, identified, type Answer, type Identity, type Kept } from './identity';

/**
 * The visitor of one widget in this browser. What is known of them lies in the storage of the page's own origin: in
 * the frame it would be a third party's, which browsers keep apart for each site or refuse.
 */
export class KnownVisitor {
  readonly #key: string;
  /** As the widget knows them, once it was told. */
  #shown: Visitor | undefined;

  constructor(
    private readonly origin: string,
    private readonly widgetId: string,
    private readonly changed: () => void,
    private readonly warn: (what: string) => void,
  ) {
    this.#key = `muro_visitor_${widgetId}`;
    watchItem(this.#key, () => this.#compare());
    // An earlier page may have been left before the server had heard.
    const kept = this.#read();
    if (kept?.identity && !kept.told) void this.#tell(kept.identity);
  }

  /** Who it is now, for the widget. */
  show(): Visitor {
    const kept = this.#kept();
    this.#shown = { id: kept.id, hash: kept.hash, name: kept.identity?.name };
    this.#write(kept);
    return this.#shown;
  }

  identify(said: Identity): void {
    const kept = this.#kept();
    const next = identified(kept, said, randomId);
    if (next === kept) return;
    this.#write(next);
    void this.#tell(next.identity!);
  }

  /** Forgets who it was, as after a logout. */
  reset(): void {
    this.#write({ id: randomId() });
  }

  async #tell(identity: Identity): Promise<void> {
    const { id, hash } = this.#kept();
    const body = JSON.stringify({
      widget_id: this.widgetId,
      external_id: id,
      external_id_hash: hash,
      ...identity,
    });
    const response = await persistently(() =>
      fetch(`${this.origin}/widget/identify`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        // Pages say who is there as they log in, and often lead elsewhere at once.
        keepalive: true,
      }),
    );
    const answer = await response.json().catch(() => null);
    if (response.ok) this.#write(answered(this.#kept(), identity, answer as Answer));
    else this.warn(`identify was refused: ${answer?.error?.message ?? response.status}`);
  }

  #read(): Kept | null {
    return readJson<Kept | null>(this.#key, null);
  }

  /** The same, or what is kept of somebody new. */
  #kept(): Kept {
    return this.#read() ?? { id: randomId() };
  }

  #write(kept: Kept): void {
    writeJson(this.#key, kept);
    this.#compare();
  }

  /** Has the widget loaded anew when it shows somebody else. */
  #compare(): void {
    const [shown, kept] = [this.#shown, this.#read()];
    if (shown && kept && (shown.id !== kept.id || shown.hash !== kept.hash)) this.changed();
  }
}
