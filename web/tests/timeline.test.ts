import { describe, expect, it } from 'vitest';
import { emptyTimeline, hasGap, markRead, merge, syncedTo } from '../src/shared/timeline';
import { message } from './message';

const seqs = (timeline: { messages: readonly { seq: number }[] }) => timeline.messages.map(({ seq }) => seq);

describe('a timeline', () => {
  it('is ordered by seq, whatever the clocks say and however the messages come', () => {
    const late = message(1, { created_at: '2030-01-01T00:00:00.000000' });
    const timeline = merge(merge(emptyTimeline, [message(3), late]), [message(2)]);
    expect(seqs(timeline)).toEqual([1, 2, 3]);
    expect(timeline.synced).toBe(3);
  });

  it('shows a message once that comes by acknowledgement, by event and by history', () => {
    const acknowledged = merge(emptyTimeline, [message(1, { client_message_id: 'mine' })]);
    const timeline = merge(merge(acknowledged, [message(1)]), [message(1)]);
    expect(seqs(timeline)).toEqual([1]);
    expect(timeline.messages[0]?.client_message_id).toBe('mine');
  });

  it('does not forget who has read a message when the message comes again', () => {
    const read = markRead(merge(emptyTimeline, [message(1)]), 'ada', ['m1'], '2025-01-15T08:24:00');
    expect(merge(read, [message(1, { read_by: { bo: 'later' } })]).messages[0]?.read_by).toEqual({
      ada: '2025-01-15T08:24:00',
      bo: 'later',
    });
  });

  it('resumes before a hole, not behind it', () => {
    const holed = merge(merge(emptyTimeline, [message(1)]), [message(4)]);
    expect(hasGap(holed)).toBe(true);
    expect(holed.synced).toBe(1);
    const filled = merge(holed, [message(2), message(3)]);
    expect(hasGap(filled)).toBe(false);
    expect(filled.synced).toBe(4);
  });

  it('takes the server’s word for the end of a page that does not begin at the beginning', () => {
    const page = syncedTo(merge(emptyTimeline, [message(99), message(100)]), 100);
    expect(hasGap(page)).toBe(false);
    expect(merge(page, [message(101)]).synced).toBe(101);
    expect(syncedTo(page, 7).synced).toBe(100);
  });

  it('stays the same value when nothing is new', () => {
    const timeline = merge(emptyTimeline, [message(1)]);
    expect(merge(timeline, [])).toBe(timeline);
    expect(markRead(timeline, 'ada', ['elsewhere'], 'now')).toBe(timeline);
  });
});
