import { randomId } from '../../shared/ids';
import { persistently } from '../../shared/persistently';
import { readJson, watchItem, writeJson } from '../../shared/storage';
import type { Visitor } from '../chat';
import { answered, identified, type Answer, type Identity, type Kept } from './identity';

/**
 * The visitor of one widget in this browser. What is known of them lies in the storage of the page's own origin: in
 * the frame it would be a third party's, which browsers keep apart for each site or refuse.
 */
export interface KnownVisitor {
  /** Who it is now, for the widget. */
  show: () => Visitor;
  /** The page says who it is. */
  identify: (said: Identity) => void;
  /** Forgets who it was, as after a logout. */
  reset: () => void;
}

/** `changed` is called when the widget shows somebody else than this browser's visitor. */
export function knownVisitor(
  origin: string,
  widgetId: string,
  changed: () => void,
  warn: (what: string) => void,
): KnownVisitor {
  const key = `muro_visitor_${widgetId}`;
  /** As the widget knows them, once it was told. */
  let shown: Visitor | undefined;

  const read = () => readJson<Kept | null>(key, null);
  /** The same, or what is kept of somebody new. */
  const current = () => read() ?? { id: randomId() };
  const compare = () => {
    const kept = read();
    if (shown && kept && (shown.id !== kept.id || shown.hash !== kept.hash)) changed();
  };
  const write = (kept: Kept) => {
    writeJson(key, kept);
    compare();
  };
  const tell = async (identity: Identity) => {
    const { id, hash } = current();
    const body = JSON.stringify({
      widget_id: widgetId,
      external_id: id,
      external_id_hash: hash,
      ...identity,
    });
    const response = await persistently(() =>
      fetch(`${origin}/widget/identify`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        // Pages say who is there as they log in, and often lead elsewhere at once.
        keepalive: true,
      }),
    );
    const answer = await response.json().catch(() => null);
    if (response.ok) write(answered(current(), identity, answer as Answer));
    else warn(`identify was refused: ${answer?.error?.message ?? response.status}`);
  };

  watchItem(key, compare);
  // An earlier page may have been left before the server had heard.
  const left = read();
  if (left?.identity && !left.told) void tell(left.identity);
  return {
    show: () => {
      const kept = current();
      shown = { id: kept.id, hash: kept.hash, name: kept.identity?.name };
      write(kept);
      return shown;
    },
    identify: (said) => {
      const before = current();
      const next = identified(before, said, randomId);
      if (next === before) return;
      write(next);
      void tell(next.identity!);
    },
    reset: () => write({ id: randomId() }),
  };
}
