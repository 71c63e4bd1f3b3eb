/** A stretch of text, or an address in it. */
export type Segment = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/gi;
/** Punctuation at the end of an address belongs to the sentence around it. */
const TRAILING = /[.,;:!?)\]}'"]+$/;

/** Cuts text at its web addresses. Nothing but `http` and `https` ever becomes a link. */
export function segments(text: string): Segment[] {
  const found: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimAddress(match[0]);
    const href = safeUrl(address);
    if (!href) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** The address if a browser may follow it, else `null`: a message must not carry `javascript:` past us. */
export function safeUrl(address: string | undefined): string | null {
  if (!address) return null;
  try {
    const url = new URL(address, globalThis.location?.href);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

/** As `safeUrl`, and images may also be embedded in the message. */
export function safeImageUrl(address: string | undefined): string | null {
  return address && /^data:image\/(png|jpeg|gif|webp);/i.test(address) ? address : safeUrl(address);
}

/** Keeps a closing bracket that the address itself opened, as encyclopedias like them. */
function trimAddress(address: string): string {
  const trimmed = address.replace(TRAILING, '');
  return address[trimmed.length] === ')' && trimmed.includes('(') ? `${trimmed})` : trimmed;
}
