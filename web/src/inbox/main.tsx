import { render } from 'preact';
import '../shared/theme.css';
import '../shared/conversation.css';
import '../shared/content/content.css';
import './inbox.css';
import './list.css';
import './pane.css';
import './overlays.css';
import { readBootstrap } from '../shared/bootstrap';
import type { InboxBootstrap } from './bootstrap';
import { InboxSession } from './session';
import { App } from './views/App';

const session = new InboxSession(readBootstrap<InboxBootstrap>());

session.unread.counts.watch((counts) => {
  document.title = counts.size > 0 ? `(${counts.size}) Inbox · Switchboard` : 'Inbox · Switchboard';
});

// The conversation on the screen is in the address: it survives a reload and can be sent to a colleague.
session.thread.watch((thread) => {
  history.replaceState(null, '', thread ? `#${thread.conversationId}` : location.pathname);
});

render(<App session={session} />, document.getElementById('app')!);
session.start();
const linked = location.hash.slice(1);
if (linked) session.select(linked);
