import { readBootstrap } from '../shared/bootstrap';

/** Does what a shop's page does: one script tag with a token. Without a token it says where to get one. */
const { embed_token } = readBootstrap<{ embed_token: string | null }>();

if (embed_token) {
  const script = document.createElement('script');
  script.src = '/chat-widget/embed.js';
  script.dataset.embedToken = embed_token;
  script.dataset.title = 'Fern & Kettle';
  document.body.append(script);
} else {
  document.getElementById('notice')!.hidden = false;
}
