import { csrfToken } from '../shared/bootstrap';
import type { Conversation, Message, SavedReply } from '../shared/wire';
import type { View } from './conversations';

/** The server's refusal, in its own words. `status` 0: there was no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function listConversations(view: View): Promise<Conversation[]> {
  return getJson(`/api/conversations/?filter=${view}`);
}

export function getConversation(id: string): Promise<Conversation> {
  return getJson(`/api/conversations/${id}`);
}

/** Some messages, oldest first, counted from the conversation's beginning; `total` is how many there are. */
export async function getHistory(id: string, offset: number, limit: number): Promise<{ messages: Message[]; total: number }> {
  const response = await request(`/api/conversations/${id}/history?limit=${limit}&offset=${offset}`);
  const messages = (await response.json()) as Message[];
  const total = Number(response.headers.get('X-Total-Count') ?? offset + messages.length);
  return { messages, total };
}

/** Ends the open session. The tags given replace those it had. */
export async function resolveConversation(id: string, tags: readonly string[]): Promise<void> {
  await post(`/api/conversations/${id}/resolve`, { tags });
}

export async function tagConversation(id: string, tags: readonly string[]): Promise<void> {
  await post(`/api/conversations/${id}/tag`, { tags });
}

/** A few saved replies whose shortcut begins so. */
export function offerSavedReplies(shortcut: string): Promise<SavedReply[]> {
  return getJson(`/api/saved-replies?shortcut=${encodeURIComponent(shortcut)}`);
}

/** Signs out everywhere and goes to the login page. */
export async function signOut(): Promise<void> {
  await fetch('/auth/logout', { method: 'POST', headers: { 'X-CSRFToken': csrfToken() } });
  location.assign('/auth/login');
}

async function getJson<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}

function post(path: string, body: object): Promise<Response> {
  return request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() },
    body: JSON.stringify(body),
  });
}

async function request(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...init, credentials: 'same-origin' }).catch(() => null);
  if (!response) throw new ApiError(0, 'The server could not be reached.');
  if (response.ok) return response;
  if (response.status === 401) location.assign('/auth/login?next=/inbox');
  throw new ApiError(response.status, await errorText(response));
}

async function errorText(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { error?: string } | null;
  return body?.error ?? `The server answered ${response.status}.`;
}
