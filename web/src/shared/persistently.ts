const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/** Asks until the server answers. Refusals are answers: asking again would not change them. */
export async function persistently(ask: () => Promise<Response>): Promise<Response> {
  for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
    const response = await ask().catch(() => null);
    if (response && response.status < 500 && response.status !== 429) return response;
    await new Promise((resolve) => setTimeout(resolve, delayMs * (0.75 + Math.random() / 2)));
  }
}
