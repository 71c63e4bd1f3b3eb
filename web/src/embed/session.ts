import { randomId } from '../shared/ids';
import { readItem, writeItem } from '../shared/storage';

/** The visitor's id on this site: random, and kept as `cw_sid_{token}` so that the conversation is found again. */
export function sessionId(token: string): string {
  const key = `cw_sid_${token}`;
  const kept = readItem(key);
  if (kept) return kept;
  const fresh = randomId();
  writeItem(key, fresh);
  return fresh;
}
