import type { Body, Message, SenderType } from '../src/shared/wire';

/** A text message at a place in a conversation. */
export function message(seq: number, more: Partial<Message> = {}): Message {
  const sender_type: SenderType = 'end_user';
  return {
    id: `m${seq}`,
    conversation_id: 'c1',
    sender_type,
    sender_id: 'visitor',
    content_type: 'text',
    content: `message ${seq}`,
    rich_media: null,
    created_at: '2025-01-15T08:23:10.000000',
    seq,
    ...more,
  } as Message;
}

export function text(content: string): Body {
  return { content_type: 'text', content, rich_media: null };
}
