/** Reads what the server wrote into the page's `<head>`. */

/** The page's bootstrap value. A page without one was not served by Switchboard, and nothing can work on it. */
export function readBootstrap<T>(): T {
  const element = document.getElementById('bootstrap');
  if (!element?.textContent) throw new Error('the page carries no bootstrap');
  return JSON.parse(element.textContent) as T;
}

/** The token that state-changing requests carry in `X-CSRFToken`; empty on pages without an agent. */
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? '';
}
