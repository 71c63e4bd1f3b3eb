import { persistently } from '../shared/persistently';
import type { Message } from '../shared/wire';
import type { Proof } from './bootstrap';

/**
 * The last hundred messages, oldest first. Asked for until the server answers: a chat without its history looks
 * healthy and is not. Resolves to `null` when the server refuses.
 */
export async function fetchHistory(conversationId: string, proof: Proof): Promise<Message[] | null> {
  const url = `/chat-widget/history/${conversationId}?${new URLSearchParams({ ...proof })}`;
  const response = await persistently(() => fetch(url));
  return response.ok ? ((await response.json()) as Message[]) : null;
}
