import type { Message } from '../shared/wire';
import type { Proof } from './bootstrap';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/**
 * The last hundred messages, oldest first. Asked for until the server answers: a chat without its history looks
 * healthy and is not. Resolves to `null` when the server refuses, which asking again would not change.
 */
export async function fetchHistory(conversationId: string, proof: Proof): Promise<Message[] | null> {
  const url = `/chat-widget/history/${conversationId}?${new URLSearchParams({ ...proof })}`;
  for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return (await response.json()) as Message[];
    if (response && response.status < 500 && response.status !== 429) return null;
    await new Promise((resolve) => setTimeout(resolve, delayMs * (0.75 + Math.random() / 2)));
  }
}
