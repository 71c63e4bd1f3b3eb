import { readBootstrap } from '../shared/bootstrap';

/** The form works without this; it adds the way back and keeps an impatient double click from posting twice. */
const { next } = readBootstrap<{ error: string | null; next: string }>();
const form = document.querySelector<HTMLFormElement>('#login')!;

if (next && next !== '/inbox') form.action = `/auth/login?next=${encodeURIComponent(next)}`;

form.addEventListener('submit', () => {
  const button = form.querySelector('button')!;
  button.disabled = true;
  button.textContent = 'Signing in…';
});

// Coming back through the history shows the page as it was left: with a button that can no longer be pressed.
addEventListener('pageshow', () => {
  const button = form.querySelector('button')!;
  button.disabled = false;
  button.textContent = 'Sign in';
});
