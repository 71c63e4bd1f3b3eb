import { readItem, removeItem, writeItem } from '../shared/storage';

/** Replies begun and not sent, kept per conversation until they are. */
export function readDraft(conversationId: string): string {
  return readItem(key(conversationId)) ?? '';
}

export function writeDraft(conversationId: string, text: string): void {
  if (text) writeItem(key(conversationId), text);
  else removeItem(key(conversationId));
}

function key(conversationId: string): string {
  return `sb_draft_${conversationId}`;
}
