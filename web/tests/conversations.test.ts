import { describe, expect, it } from 'vitest';
import { assigned, countOf, listed, neighbour, withConversations } from '../src/inbox/conversations';
import { addTag, parseTags } from '../src/inbox/tags';
import type { Conversation } from '../src/shared/wire';

function conversation(id: string, agent: string | null | 'resolved', updated: string): Conversation {
  return {
    id,
    end_user: { id: `u-${id}`, display_name: null, external_id: id },
    channel_id: 'ch',
    active_session: agent === 'resolved' ? null : { id: `s-${id}`, status: 'open', assigned_agent_id: agent, tags: [] },
    created_at: '2025-01-15T08:00:00',
    updated_at: updated,
  };
}

const all = withConversations(new Map(), [
  conversation('old', null, '2025-01-15T08:00:00'),
  conversation('new', null, '2025-01-15T09:00:00'),
  conversation('ada’s', 'ada', '2025-01-15T08:30:00'),
  conversation('done', 'resolved', '2025-01-15T08:40:00'),
]);
const ids = (list: Conversation[]) => list.map(({ id }) => id);

describe('the views of the inbox', () => {
  it('show the newest activity first', () => {
    expect(ids(listed(all, 'all', 'ada'))).toEqual(['new', 'done', 'ada’s', 'old']);
  });

  it('divide open conversations by who holds them; resolved ones are in "all" alone', () => {
    expect(ids(listed(all, 'unassigned', 'ada'))).toEqual(['new', 'old']);
    expect(ids(listed(all, 'mine', 'ada'))).toEqual(['ada’s']);
    expect(countOf(all, 'mine', 'bo')).toBe(0);
  });

  it('let a claimed conversation change its view at once', () => {
    const claimed = assigned(all, 'new', 'bo');
    expect(ids(listed(claimed, 'unassigned', 'bo'))).toEqual(['old']);
    expect(ids(listed(claimed, 'mine', 'bo'))).toEqual(['new']);
    expect(assigned(all, 'unknown', 'bo')).toBe(all);
  });

  it('are walked through by keys and end where they end', () => {
    const list = listed(all, 'unassigned', 'ada');
    expect(neighbour(list, null, 1)?.id).toBe('new');
    expect(neighbour(list, 'new', 1)?.id).toBe('old');
    expect(neighbour(list, 'old', 1)?.id).toBe('old');
    expect(neighbour([], 'old', 1)).toBeUndefined();
  });
});

describe('tags', () => {
  it('are read from a line, without empty ones and repetitions', () => {
    expect(parseTags(' billing, , refund,billing ')).toEqual(['billing', 'refund']);
    expect(addTag(['vip'], 'vip, new')).toEqual(['vip', 'new']);
  });
});
