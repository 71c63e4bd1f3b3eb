import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { Composer, type ComposerHandle } from '../../shared/Composer';
import { useStore } from '../../shared/store';
import type { Conversation } from '../../shared/wire';
import { readDraft, writeDraft } from '../drafts';
import { useSavedReplies } from '../offer';
import type { InboxSession } from '../session';
import type { Thread } from '../thread';
import { Messages } from './Messages';
import { PaneHead } from './PaneHead';
import { ResolveDialog } from './ResolveDialog';
import { SavedReplyList, describeField } from './SavedReplyList';

interface Props {
  session: InboxSession;
  thread: Thread;
  composer: RefObject<ComposerHandle | null>;
  resolving: boolean;
  onResolving: (resolving: boolean) => void;
}

/** One conversation: who it is with, what was said, and the reply. */
export function ConversationPane({ session, thread, composer, resolving, onResolving }: Props) {
  const conversation = useStore(session.directory.all).get(thread.conversationId);
  const [draft, setDraft] = useState(() => readDraft(thread.conversationId));
  const replies = useSavedReplies(composer);
  const keep = (text: string) => {
    setDraft(text);
    writeDraft(thread.conversationId, text);
  };
  return (
    <>
      <PaneHead session={session} conversation={conversation} onResolve={() => onResolving(true)} />
      <Messages session={session} thread={thread} />
      <Holder session={session} conversation={conversation} />
      <SavedReplyList replies={replies} />
      <Composer
        handle={composer}
        draft={draft}
        placeholder="Write a reply…"
        onInput={(text, caret) => {
          keep(text);
          if (text) session.typed();
          replies.typed(text, caret);
        }}
        onSend={(text) => {
          session.say(text);
          keep('');
          replies.end();
        }}
        onKey={replies.pressed}
        field={{ ...describeField(replies), onBlur: replies.end, onMouseDown: replies.end }}
      />
      {resolving && conversation?.active_session && (
        <ResolveDialog
          tags={conversation.active_session.tags}
          onClose={() => onResolving(false)}
          onResolve={(tags) => {
            onResolving(false);
            void session.resolve(tags);
          }}
        />
      )}
    </>
  );
}

/** Says above the reply field when answering is not simply this agent's turn. */
function Holder({ session, conversation }: { session: InboxSession; conversation: Conversation | undefined }) {
  if (!conversation) return null;
  const holder = conversation.active_session?.assigned_agent_id;
  if (!conversation.active_session) {
    return <p class="holder">Resolved. It opens again when the customer writes.</p>;
  }
  if (holder && holder !== session.bootstrap.agent.id) {
    return <p class="holder">{session.nameOfAgent(holder)} is taking care of this conversation.</p>;
  }
  return null;
}
