/** Who the page says is in front of it. */
export interface Identity {
  email: string;
  name?: string;
  /** The site's signature of the e-mail; without one, nobody else's history is shown. */
  user_hash?: string;
}

/** What is kept of a visitor on this site, over page loads. */
export interface Kept {
  /** Their id on the channel. */
  id: string;
  /** Its signature, once the server has believed who they are. */
  hash?: string;
  /** What the page said of them. */
  identity?: Identity;
  /** Whether the server has heard it. */
  told?: boolean;
}

/** What the server answers: the id by which the visitor goes from now on. */
export interface Answer {
  external_id: string;
  external_id_hash: string | null;
}

/** Reads what a page gave to `identify`; `null` without an e-mail. */
export function identityOf(options: unknown): Identity | null {
  const { email, name, user_hash } = Object(options) as Record<keyof Identity, unknown>;
  if (!isText(email)) return null;
  return { email: email.trim(), ...(isText(name) && { name }), ...(isText(user_hash) && { user_hash }) };
}

/**
 * What is kept once the page has said who it is. Someone with another e-mail is somebody else at the same computer:
 * they get an id of their own, and none of what the one before has written. The same value means: nothing new.
 */
export function identified(kept: Kept, said: Identity, freshId: () => string): Kept {
  const before = kept.identity;
  if (before && !isSamePerson(before, said)) return { id: freshId(), identity: said };
  const identity = { ...before, ...said };
  return kept.told && isSame(identity, before) ? kept : { ...kept, identity, told: false };
}

/** What is kept once the server has answered to `told`; an answer that comes too late changes nothing. */
export function answered(kept: Kept, told: Identity, answer: Answer): Kept {
  if (!isSame(kept.identity, told)) return kept;
  const { external_id: id, external_id_hash: hash } = answer;
  return { id, ...(hash && { hash }), identity: told, told: true };
}

function isSamePerson(one: Identity, other: Identity): boolean {
  return one.email.toLowerCase() === other.email.toLowerCase();
}

function isSame(one: Identity | undefined, other: Identity | undefined): boolean {
  return one?.email === other?.email && one?.name === other?.name && one?.user_hash === other?.user_hash;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
