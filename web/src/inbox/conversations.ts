import type { Conversation } from '../shared/wire';

/** The three lists of the inbox. */
export type View = 'unassigned' | 'mine' | 'all';

export const VIEWS: readonly View[] = ['unassigned', 'mine', 'all'];

export type Conversations = ReadonlyMap<string, Conversation>;

/** Whether a conversation belongs in a view of agent `me`; the same rule as the server's filter. */
export function inView({ active_session: session }: Conversation, view: View, me: string): boolean {
  switch (view) {
    case 'unassigned':
      return session !== null && session.assigned_agent_id === null;
    case 'mine':
      return session?.assigned_agent_id === me;
    case 'all':
      return true;
  }
}

/** A view's conversations, the newest activity first. */
export function listed(all: Conversations, view: View, me: string): Conversation[] {
  return [...all.values()]
    .filter((conversation) => inView(conversation, view, me))
    .sort((a, b) => compare(b.updated_at, a.updated_at) || compare(b.id, a.id));
}

export function countOf(all: Conversations, view: View, me: string): number {
  return listed(all, view, me).length;
}

/** The state after an agent was assigned; conversations we do not know stay unknown. */
export function assigned(all: Conversations, id: string, agentId: string | null): Conversations {
  const conversation = all.get(id);
  if (!conversation?.active_session) return all;
  const active_session = { ...conversation.active_session, assigned_agent_id: agentId };
  return new Map(all).set(id, { ...conversation, active_session });
}

export function withConversations(all: Conversations, fresh: readonly Conversation[]): Conversations {
  const next = new Map(all);
  for (const conversation of fresh) next.set(conversation.id, conversation);
  return next;
}

export function without(all: Conversations, id: string): Conversations {
  const next = new Map(all);
  next.delete(id);
  return next;
}

/** What a conversation is called: the customer's name, or the beginning of who they are. */
export function nameOf({ end_user }: Conversation): string {
  return end_user.display_name || `Visitor ${end_user.external_id.slice(0, 8)}`;
}

/** The conversation `step` places away from `id` in a list; from nowhere, the first. */
export function neighbour(list: readonly Conversation[], id: string | null, step: 1 | -1): Conversation | undefined {
  const index = list.findIndex((conversation) => conversation.id === id);
  if (index === -1) return list[0];
  return list[Math.min(Math.max(index + step, 0), list.length - 1)];
}

/** Times in one format compare as text. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
