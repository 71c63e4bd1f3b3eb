/**
 * The visitor's id on this site: random, and kept as `cw_sid_{token}` so that the conversation is found again. Where
 * storage is refused it lives as long as the page.
 */
export function sessionId(token: string): string {
  const key = `cw_sid_${token}`;
  try {
    const kept = localStorage.getItem(key);
    if (kept) return kept;
    const fresh = randomUuid();
    localStorage.setItem(key, fresh);
    return fresh;
  } catch {
    return randomUuid();
  }
}

/** `crypto.randomUUID` is missing on plain HTTP, where `getRandomValues` is not. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let hex = '';
  bytes.forEach((byte) => (hex += (byte + 0x100).toString(16).slice(1)));
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
