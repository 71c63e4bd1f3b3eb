import { Content } from '../shared/content/Content';
import { bodyOf, type Entry } from '../shared/entries';
import { clockTime, parseTime } from '../shared/time';

interface Props {
  entry: Entry;
  chosen: string | null;
  /** Whether the one before is the same sender's; then they stand close together. */
  continues: boolean;
  /** Whether it says its time. */
  timed: boolean;
  /** Whether the other side has read it; shown below the visitor's last message only. */
  seen: boolean;
  onChoose: (value: string) => void;
  onRetry: (id: string) => void;
  onDiscard: (id: string) => void;
}

/** One message of the conversation, kept or on its way. */
export function Bubble({ entry, chosen, continues, timed, seen, onChoose, onRetry, onDiscard }: Props) {
  const mine = entry.kind === 'outgoing' || entry.message.sender_type === 'end_user';
  const state = stateOf(entry);
  return (
    <div
      class={`message ${mine ? 'mine' : 'theirs'} ${continues ? 'continues' : ''}`}
      data-testid="message"
      data-seq={entry.kind === 'kept' ? entry.message.seq : undefined}
      data-state={state}
      data-sender={entry.kind === 'kept' ? entry.message.sender_type : 'end_user'}
      data-type={bodyOf(entry).content_type}
    >
      <span class="visually-hidden">{mine ? 'You' : 'Support'}:</span>
      <div class="bubble">
        <Content body={bodyOf(entry)} chosen={chosen} choose={mine ? undefined : onChoose} />
      </div>
      {entry.kind === 'outgoing' && state === 'failed' ? (
        <Failure entry={entry} onRetry={onRetry} onDiscard={onDiscard} />
      ) : (
        (timed || seen) && <div class="meta">{metaOf(entry, seen)}</div>
      )}
    </div>
  );
}

function Failure({ entry, onRetry, onDiscard }: {
  entry: Extract<Entry, { kind: 'outgoing' }>;
  onRetry: (id: string) => void;
  onDiscard: (id: string) => void;
}) {
  const { clientMessageId, error } = entry.outgoing;
  return (
    <div class="meta failure" role="alert">
      <span>Not sent. {error}</span>
      <button type="button" data-testid="retry" onClick={() => onRetry(clientMessageId)}>
        Try again
      </button>
      <button type="button" data-testid="discard" onClick={() => onDiscard(clientMessageId)}>
        Delete
      </button>
    </div>
  );
}

function stateOf(entry: Entry): 'sending' | 'sent' | 'failed' {
  if (entry.kind === 'kept') return 'sent';
  return entry.outgoing.state === 'failed' ? 'failed' : 'sending';
}

function metaOf(entry: Entry, seen: boolean): string {
  if (entry.kind === 'outgoing') return 'Sending…';
  const time = clockTime(parseTime(entry.message.created_at));
  return seen ? `${time} · Seen` : time;
}
