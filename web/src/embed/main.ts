import { createChat } from './chat';
import { whenBody } from './page';
import { sessionId } from './session';

/**
 * The loader: `<script src="…/chat-widget/embed.js" data-embed-token="ew_…"></script>`.
 *
 * A tag that some tag managers evaluate instead of inserting has no `currentScript`: then it is the first one that
 * has not been used.
 */
const script = (document.currentScript ||
  document.querySelector('script[data-embed-token]:not([data-embedded])')) as HTMLScriptElement | null;
const token = script?.dataset.embedToken;

function start({ src, dataset }: HTMLScriptElement, token: string): void {
  const chat = createChat({
    origin: new URL(src, location.href).origin,
    token,
    title: dataset.title,
    visitor: () => ({
      // A page that knows who is logged in says so itself.
      id: dataset.sessionId || sessionId(token),
      hash: dataset.externalIdHash,
      name: dataset.customerName,
    }),
  });
  if (dataset.open === 'true') chat.open(false);
}

if (script && token && !document.getElementById('switchboard-launcher')) {
  script.dataset.embedded = 'true';
  whenBody(() => start(script, token));
} else if (!token) {
  console.warn('Switchboard: the script tag has no data-embed-token');
}
