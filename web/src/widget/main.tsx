import { render } from 'preact';
import '../shared/theme.css';
import '../shared/conversation.css';
import '../shared/content/content.css';
import './widget.css';
import { readBootstrap } from '../shared/bootstrap';
import { App } from './App';
import { Attention } from './attention';
import type { WidgetBootstrap } from './bootstrap';
import { Host } from './host';
import { WidgetSession } from './session';

const bootstrap = readBootstrap<WidgetBootstrap>();
const session = new WidgetSession(bootstrap);
const host = new Host();
const attention = new Attention(bootstrap.seq);

/** Follows what is on the screen: receipts for what is looked at, a count for what is not. */
function attend(): void {
  const feed = session.feed.value;
  if (!feed) return;
  const { messages } = feed.timeline.value;
  attention.note(messages);
  if (!attention.looking.value) return;
  const theirs = messages.filter((message) => message.sender_type !== 'end_user').map((message) => message.id);
  session.receipts.read(feed.conversationId, theirs);
}

function showUnread(): void {
  const unread = attention.unread.value;
  document.title = unread > 0 ? `(${unread}) ${bootstrap.title}` : bootstrap.title;
  host.unread(unread);
}

session.feed.watch((feed) => {
  feed?.timeline.watch(attend);
  attend();
});
attention.looking.watch(attend);
attention.unread.watch(showUnread);
host.present.watch(showUnread);
showUnread();

render(<App session={session} host={host} attention={attention} />, document.getElementById('app')!);
void session.start();
