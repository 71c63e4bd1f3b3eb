import { createLauncher } from './launcher';
import { createPanel, type Panel } from './panel';
import { sessionId } from './session';
import { smallScreen } from './style';
import { createTitleBadge } from './title';

/** Puts the chat on a page: `<script src="…/chat-widget/embed.js" data-embed-token="ew_…"></script>`. */
function embed(script: HTMLScriptElement, token: string): void {
  const { title, customerName, open } = script.dataset;
  const origin = new URL(script.src, location.href).origin;
  const launcher = createLauncher(title || 'Chat with us');
  const badgeTitle = createTitleBadge();
  let panel: Panel | undefined;
  const small = smallScreen();
  let opened = false;
  /** The visitor opened it, not the page; only then may it take the focus. */
  let wanted = false;
  /** The widget in the frame has spoken. */
  let alive = false;

  const post = (type: string) => panel?.frame.contentWindow?.postMessage({ type }, origin);

  const load = (): Panel => {
    const made = createPanel({ origin, token, sessionId: sessionId(token), title, customerName });
    made.frame.addEventListener('load', () => {
      post('switchboard:hello');
      if (opened && wanted) post('switchboard:opened');
    });
    document.body.insertBefore(made.frame, launcher.button);
    return made;
  };

  const show = (open: boolean) => {
    opened = open;
    if (open) panel = panel || load();
    panel?.show(open);
    launcher.show(open);
    yieldCorner();
  };

  const openForVisitor = () => {
    wanted = true;
    show(true);
    panel?.frame.focus();
    post('switchboard:opened');
  };

  const close = () => {
    if (!opened) return;
    show(false);
    launcher.button.focus();
  };

  /** A full-screen panel has its own way to close, once it has shown that it is alive; the button would cover it. */
  const yieldCorner = () => {
    launcher.button.style.display = opened && alive && small.matches ? 'none' : 'block';
  };

  const heard = ({ type, count }: { type?: string; count?: number }) => {
    alive = true;
    yieldCorner();
    if (type === 'switchboard:close') close();
    if (type !== 'switchboard:unread') return;
    launcher.count(Number(count) || 0);
    badgeTitle(Number(count) || 0);
  };

  launcher.button.addEventListener('click', () => (opened ? close() : openForVisitor()));
  small.addEventListener('change', yieldCorner);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) close();
  });
  addEventListener('message', ({ source, origin: from, data }: MessageEvent) => {
    if (panel && source === panel.frame.contentWindow && from === origin && data) heard(data);
  });
  document.body.appendChild(launcher.button);
  if (open === 'true') show(true);
}

// A module that adds the tag, or a tag manager, has no `currentScript`: then it is the first tag not yet used.
const script = (document.currentScript ||
  document.querySelector('script[data-embed-token]:not([data-embedded])')) as HTMLScriptElement | null;
const token = script?.dataset.embedToken;

if (script && token && !document.getElementById('switchboard-launcher')) {
  script.dataset.embedded = 'true';
  const start = () => embed(script, token);
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
} else if (!token) {
  console.warn('Switchboard: the script tag has no data-embed-token');
}
