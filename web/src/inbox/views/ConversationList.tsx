import { useEffect, useState } from 'preact/hooks';
import { useStore } from '../../shared/store';
import { parseTime, shortAgo } from '../../shared/time';
import type { Conversation } from '../../shared/wire';
import { listed, nameOf, type View } from '../conversations';
import type { Preview } from '../previews';
import type { InboxSession } from '../session';

const NOTHING: Record<View, string> = {
  unassigned: 'Nobody is waiting.',
  mine: 'You hold no open conversation.',
  all: 'No conversation yet.',
};

const HEADINGS: Record<View, string> = { unassigned: 'Unassigned', mine: 'Mine', all: 'All conversations' };

/** The conversations of the present view. */
export function ConversationList({ session }: { session: InboxSession }) {
  const all = useStore(session.directory.all);
  const loading = useStore(session.directory.loading);
  const view = useStore(session.view);
  const thread = useStore(session.thread);
  const unread = useStore(session.unread.counts);
  const previews = useStore(session.previews.all);
  const now = useNow();
  const list = listed(all, view, session.bootstrap.agent.id);
  useEffect(() => session.previews.want(list.map((conversation) => conversation.id)), [all, view]);

  return (
    <section class="list" aria-label={HEADINGS[view]}>
      <h1>{HEADINGS[view]}</h1>
      {list.length === 0 && <p class="nothing">{loading ? 'Loading…' : NOTHING[view]}</p>}
      <ul>
        {list.map((conversation) => (
          <li key={conversation.id}>
            <Row
              conversation={conversation}
              current={thread?.conversationId === conversation.id}
              unread={unread.get(conversation.id) ?? 0}
              preview={previews.get(conversation.id)}
              holder={holderOf(session, conversation)}
              now={now}
              onSelect={() => session.select(conversation.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  conversation: Conversation;
  current: boolean;
  unread: number;
  preview: Preview | undefined;
  holder: string;
  now: Date;
  onSelect: () => void;
}

function Row({ conversation, current, unread, preview, holder, now, onSelect }: RowProps) {
  const tags = conversation.active_session?.tags ?? [];
  return (
    <button
      type="button"
      class={`row ${unread > 0 ? 'unread' : ''}`}
      data-testid="conversation"
      data-id={conversation.id}
      data-unread={unread}
      aria-current={current ? 'true' : undefined}
      onClick={onSelect}
    >
      <span class="row-top">
        <span class="row-name">{nameOf(conversation)}</span>
        <time dateTime={`${conversation.updated_at}Z`}>{shortAgo(parseTime(conversation.updated_at), now)}</time>
      </span>
      <span class="row-text">
        <span class="row-preview">{preview ? `${preview.sender === 'end_user' ? '' : '↩ '}${preview.text}` : '\u00a0'}</span>
        {unread > 0 && (
          <span class="badge">
            {unread}
            <span class="visually-hidden"> unread</span>
          </span>
        )}
      </span>
      <span class="row-foot">
        <span>{holder}</span>
        {tags.slice(0, 3).map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </span>
    </button>
  );
}

function holderOf(session: InboxSession, { active_session }: Conversation): string {
  if (!active_session) return 'Resolved';
  if (!active_session.assigned_agent_id) return 'Unassigned';
  return session.nameOfAgent(active_session.assigned_agent_id);
}

/** The time, every half minute: "3m" must not stay "3m". */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  // A list that changes in between is drawn with a fresh time as well.
  return Date.now() - now.getTime() > 1_000 ? new Date() : now;
}
