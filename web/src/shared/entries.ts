import type { Outgoing, Queue } from './outgoing';
import type { Timeline } from './timeline';
import type { Body, Choice, Message, SenderType } from './wire';

/** One bubble: a message that is kept, or one on its way. */
export type Entry =
  | { kind: 'kept'; key: string; message: Message }
  | { kind: 'outgoing'; key: string; outgoing: Outgoing };

/**
 * What a conversation shows: the kept messages by `seq`, then those on their way. Keys follow the sender's own id,
 * so a bubble stays the same element when its message is acknowledged.
 */
export function entries(timeline: Timeline, queue: Queue): Entry[] {
  const kept = new Set(timeline.messages.map((message) => message.client_message_id));
  return [
    ...timeline.messages.map((message): Entry => ({
      kind: 'kept',
      key: message.client_message_id ?? message.id,
      message,
    })),
    ...queue
      .filter((outgoing) => !kept.has(outgoing.clientMessageId))
      .map((outgoing): Entry => ({ kind: 'outgoing', key: outgoing.clientMessageId, outgoing })),
  ];
}

export function bodyOf(entry: Entry): Body {
  return entry.kind === 'kept' ? entry.message : entry.outgoing.body;
}

/** The choice that was made at `entries[index]`: the first later text of the visitor that equals one of its values. */
export function chosenValue(all: readonly Entry[], index: number): string | null {
  const entry = all[index];
  const values = entry ? new Set(choicesOf(bodyOf(entry)).map((choice) => choice.value)) : null;
  if (!values?.size) return null;
  const answer = all.slice(index + 1).find((later) => isVisitors(later) && values.has(bodyOf(later).content));
  return answer ? bodyOf(answer).content : null;
}

function choicesOf(body: Body): Choice[] {
  switch (body.content_type) {
    case 'quick_button':
      return body.rich_media?.buttons ?? [];
    case 'dropdown':
      return body.rich_media?.options ?? [];
    case 'carousel':
      return (body.rich_media?.cards ?? []).flatMap((card) => card.buttons ?? []);
    default:
      return [];
  }
}

function isVisitors(entry: Entry): boolean {
  return entry.kind === 'outgoing' || entry.message.sender_type === 'end_user';
}

/**
 * Whether a bubble says its time: the last of a run by one sender within one minute does, the others are the same
 * information again.
 */
export function showsTime(entry: Entry, next: Entry | undefined): boolean {
  if (entry.kind === 'outgoing' || next?.kind !== 'kept') return true;
  const { sender_type, sender_id, created_at } = next.message;
  const sameSender = sender_type === entry.message.sender_type && sender_id === entry.message.sender_id;
  return !sameSender || minuteOf(created_at) !== minuteOf(entry.message.created_at);
}

/** `2025-01-15T08:23` of a time in the dialect's format. */
function minuteOf(time: string): string {
  return time.slice(0, 16);
}

/** The newest message by `sender` that somebody outside `own` has read; only there it is worth saying. */
export function newestSeen(messages: readonly Message[], sender: SenderType, own: ReadonlySet<string>): number | undefined {
  return messages.findLast(
    (message) => message.sender_type === sender && Object.keys(message.read_by ?? {}).some((reader) => !own.has(reader)),
  )?.seq;
}

/** One line that stands for a message in a list. */
export function summary(body: { content_type?: string; content?: string }): string {
  if (body.content) return body.content;
  switch (body.content_type) {
    case 'image':
      return 'Image';
    case 'file':
      return 'File';
    case 'carousel':
      return 'Cards';
    default:
      return '';
  }
}
