import { createLauncher } from './launcher';
import { createPanel, type Panel } from './panel';
import { sessionId } from './session';
import { createTitleBadge } from './title';

/** Puts the chat on a page: `<script src="…/chat-widget/embed.js" data-embed-token="ew_…"></script>`. */
function embed(script: HTMLScriptElement, token: string): void {
  const { title, customerName, open } = script.dataset;
  const origin = new URL(script.src, location.href).origin;
  const launcher = createLauncher(title || 'Chat with us');
  const badgeTitle = createTitleBadge();
  let panel: Panel | undefined;
  let opened = false;

  const post = (type: string) => panel?.frame.contentWindow?.postMessage({ type }, origin);

  const load = (): Panel => {
    const made = createPanel({ origin, token, sessionId: sessionId(token), title, customerName });
    made.frame.addEventListener('load', () => {
      post('switchboard:hello');
      if (opened) post('switchboard:opened');
    });
    document.body.insertBefore(made.frame, launcher.button);
    return made;
  };

  const show = (open: boolean) => {
    opened = open;
    if (open) panel = panel || load();
    panel?.show(open);
    launcher.show(open);
    if (!open) return;
    panel?.frame.focus();
    post('switchboard:opened');
  };

  const close = () => {
    if (!opened) return;
    show(false);
    launcher.button.focus();
  };

  launcher.button.addEventListener('click', () => show(!opened));
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
  });
  addEventListener('message', ({ source, origin: from, data }: MessageEvent) => {
    if (!panel || source !== panel.frame.contentWindow || from !== origin || !data) return;
    if (data.type === 'switchboard:close') close();
    if (data.type === 'switchboard:unread') {
      launcher.count(Number(data.count) || 0);
      badgeTitle(Number(data.count) || 0);
    }
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
