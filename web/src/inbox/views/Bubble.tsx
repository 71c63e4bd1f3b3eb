import { Content } from '../../shared/content/Content';
import { bodyOf, type Entry } from '../../shared/entries';
import { clockTime, parseTime } from '../../shared/time';
import type { Message } from '../../shared/wire';
import type { InboxSession } from '../session';

interface Props {
  session: InboxSession;
  entry: Entry;
  previous: Entry | undefined;
  chosen: string | null;
  /** Whether it says its time. */
  timed: boolean;
  /** Whether the customer has read it; shown at the newest such message only. */
  seen: boolean;
}

/** One message: the customer's on the left, ours on the right, a colleague's with the name. */
export function Bubble({ session, entry, previous, chosen, timed, seen }: Props) {
  const author = authorOf(session, entry);
  const continues = previous !== undefined && authorOf(session, previous) === author;
  return (
    <div
      class={`message ${sideOf(author)} ${continues ? 'continues' : ''}`}
      data-testid="message"
      data-seq={entry.kind === 'kept' ? entry.message.seq : undefined}
      data-state={entry.kind === 'kept' ? 'sent' : entry.outgoing.state === 'failed' ? 'failed' : 'sending'}
      data-sender={entry.kind === 'kept' ? entry.message.sender_type : 'agent'}
      data-type={bodyOf(entry).content_type}
    >
      {!continues && sideOf(author) === 'team' ? (
        <span class="author">{author}</span>
      ) : (
        <span class="visually-hidden">{author}:</span>
      )}
      <div class="bubble">
        <Content body={bodyOf(entry)} chosen={chosen} />
      </div>
      {entry.kind === 'outgoing' && <Progress session={session} entry={entry} />}
      {entry.kind === 'kept' && (timed || seen) && <div class="meta">{metaOf(entry.message, seen)}</div>}
    </div>
  );
}

function Progress({ session, entry }: { session: InboxSession; entry: Extract<Entry, { kind: 'outgoing' }> }) {
  const { clientMessageId, state, error } = entry.outgoing;
  if (state !== 'failed') return <div class="meta">Sending…</div>;
  return (
    <div class="meta failure" role="alert">
      <span>Not sent. {error}</span>
      <button type="button" data-testid="retry" onClick={() => session.outbox.retry(clientMessageId)}>
        Try again
      </button>
      <button type="button" data-testid="discard" onClick={() => session.outbox.discard(clientMessageId)}>
        Delete
      </button>
    </div>
  );
}

function authorOf(session: InboxSession, entry: Entry): string {
  if (entry.kind === 'outgoing') return 'You';
  switch (entry.message.sender_type) {
    case 'end_user':
      return 'Customer';
    case 'bot':
      return 'Bot';
    default:
      return session.nameOfAgent(entry.message.sender_id);
  }
}

function sideOf(author: string): 'theirs' | 'mine' | 'team' {
  if (author === 'Customer') return 'theirs';
  return author === 'You' ? 'mine' : 'team';
}

function metaOf(message: Message, seen: boolean): string {
  const time = clockTime(parseTime(message.created_at));
  return seen ? `${time} · Seen` : time;
}
