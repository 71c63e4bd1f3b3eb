import { useRef, useState } from 'preact/hooks';
import { Banner } from '../../shared/Banner';
import type { ComposerHandle } from '../../shared/Composer';
import { useStore } from '../../shared/store';
import type { InboxSession } from '../session';
import { useShortcuts } from '../shortcuts';
import { ConversationList } from './ConversationList';
import { ConversationPane } from './ConversationPane';
import { Notice } from './Notice';
import { Shortcuts } from './Shortcuts';
import { Sidebar } from './Sidebar';

/** The three columns: views and people, the list, the conversation. Narrow screens show one at a time. */
export function App({ session }: { session: InboxSession }) {
  const thread = useStore(session.thread);
  const composer = useRef<ComposerHandle>(null);
  const [resolving, setResolving] = useState(false);
  const [help, setHelp] = useState(false);
  useShortcuts(session, {
    reply: () => composer.current?.focus(),
    resolve: () => setResolving(true),
    help: () => setHelp((shown) => !shown),
  });

  return (
    <div class="inbox" data-pane={thread ? 'conversation' : 'list'}>
      <Sidebar session={session} onHelp={() => setHelp(true)} />
      <ConversationList session={session} />
      <main class="pane" aria-label="Conversation">
        <Banner connection={session.connection} />
        {thread ? (
          <ConversationPane
            key={thread.conversationId}
            session={session}
            thread={thread}
            composer={composer}
            resolving={resolving}
            onResolving={setResolving}
          />
        ) : (
          <div class="empty">
            <p>Choose a conversation.</p>
            <p>
              <kbd>j</kbd> and <kbd>k</kbd> walk through the list, <kbd>?</kbd> shows all keys.
            </p>
          </div>
        )}
      </main>
      <Notice session={session} />
      {help && <Shortcuts onClose={() => setHelp(false)} />}
    </div>
  );
}
