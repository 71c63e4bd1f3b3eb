import { describe, expect, it } from 'vitest';
import { chosenValue, entries, newestSeen, showsTime } from '../src/shared/entries';
import { enqueue } from '../src/shared/outgoing';
import { emptyTimeline, merge } from '../src/shared/timeline';
import type { Message } from '../src/shared/wire';
import { message, text } from './message';

const question = message(1, {
  sender_type: 'bot',
  content_type: 'quick_button',
  content: 'Sure?',
  rich_media: { buttons: [{ label: 'Yes', value: 'yes' }, { label: 'No', value: 'no' }] },
} as Partial<Message>);

describe('the bubbles of a conversation', () => {
  it('are the kept messages, then those on their way', () => {
    const all = entries(merge(emptyTimeline, [message(2), message(1)]), enqueue([], 'x', 'c1', text('next'), 0));
    expect(all.map(({ key }) => key)).toEqual(['m1', 'm2', 'x']);
  });

  it('keep their place and key while a message turns from sending to sent', () => {
    const queue = enqueue([], 'x', 'c1', text('hello'), 0);
    const before = entries(emptyTimeline, queue);
    const both = entries(merge(emptyTimeline, [message(1, { client_message_id: 'x' })]), queue);
    expect(both.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    expect(both[0]?.kind).toBe('kept');
  });

  it('say the time once per minute of one sender', () => {
    const [first, second, third] = entries(
      merge(emptyTimeline, [message(1), message(2), message(3, { created_at: '2025-01-15T08:24:00.000000' })]),
      [],
    );
    expect(showsTime(first!, second)).toBe(false);
    expect(showsTime(second!, third)).toBe(true);
    expect(showsTime(third!, undefined)).toBe(true);
  });

  it('say "seen" where the other side has read, not where the sender has', () => {
    const messages = [message(1, { read_by: { ada: 'x' } }), message(2, { read_by: { visitor: 'x' } })];
    expect(newestSeen(messages, 'end_user', new Set(['visitor']))).toBe(1);
  });
});

describe('a choice', () => {
  it('is made by sending its value, also before the server has acknowledged it', () => {
    const timeline = merge(emptyTimeline, [question]);
    expect(chosenValue(entries(timeline, []), 0)).toBeNull();
    expect(chosenValue(entries(timeline, enqueue([], 'x', 'c1', text('no'), 0)), 0)).toBe('no');
  });

  it('stays open while the visitor talks of something else', () => {
    const timeline = merge(emptyTimeline, [question, message(2, { content: 'What does it cost?' })]);
    expect(chosenValue(entries(timeline, []), 0)).toBeNull();
  });
});
