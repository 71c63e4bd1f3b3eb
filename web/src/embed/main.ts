import { Chat } from './chat';

/**
 * The loader: `<script src="…/chat-widget/embed.js" data-embed-token="ew_…"></script>`.
 *
 * A tag that some tag managers evaluate instead of inserting has no `currentScript`: then it is the first one that
 * has not been used.
 */
const script = (document.currentScript ||
  document.querySelector('script[data-embed-token]:not([data-embedded])')) as HTMLScriptElement | null;
const token = script?.dataset.embedToken;

if (script && token && !document.getElementById('switchboard-launcher')) {
  script.dataset.embedded = 'true';
  if (document.body) new Chat(script, token);
  else document.addEventListener('DOMContentLoaded', () => new Chat(script, token));
} else if (!token) {
  console.warn('Switchboard: the script tag has no data-embed-token');
}
