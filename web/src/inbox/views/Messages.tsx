import { chosenValue, entries, newestSeen, showsTime, type Entry } from '../../shared/entries';
import { useConversationScroll } from '../../shared/scroll';
import { useStore } from '../../shared/store';
import { clockTime, dayLabel, parseTime, sameDay } from '../../shared/time';
import { Typing } from '../../shared/Typing';
import type { InboxSession } from '../session';
import type { Thread } from '../thread';
import { Bubble } from './Bubble';

/** The scrolling log of one conversation, with its days and its sessions. */
export function Messages({ session, thread }: { session: InboxSession; thread: Thread }) {
  const timeline = useStore(thread.feed.timeline);
  const queue = useStore(session.outbox.queue);
  const older = useStore(thread.older);
  const error = useStore(thread.error);
  const typist = useStore(thread.typing.typist);
  const mine = queue.filter((outgoing) => outgoing.conversationId === thread.conversationId);
  const all = entries(timeline, mine);
  const agents = new Set(session.bootstrap.agents.map((agent) => agent.id));
  const seenSeq = newestSeen(timeline.messages, 'agent', agents);
  const log = useConversationScroll(all.map((entry) => entry.key), thread.conversationId, typist !== null);

  return (
    <div class="log" ref={log} role="log" aria-live="polite" aria-label="Messages" aria-busy={older === null} tabIndex={0}>
      <div class="log-inner">
        {error && (
          <p class="boundary" role="alert">
            {error}{' '}
            <button type="button" class="link" onClick={() => void (older === null ? thread.open() : thread.loadOlder())}>
              Try again
            </button>
          </p>
        )}
        {Boolean(older) && (
          <p class="boundary">
            <button type="button" class="link" data-testid="load-older" onClick={() => void thread.loadOlder()}>
              Show earlier messages
            </button>
          </p>
        )}
        {all.map((entry, index) => (
          <div key={entry.key}>
            <Boundary entry={entry} previous={all[index - 1]} />
            <Bubble
              session={session}
              entry={entry}
              previous={all[index - 1]}
              chosen={chosenValue(all, index)}
              timed={showsTime(entry, all[index + 1])}
              seen={entry.kind === 'kept' && entry.message.seq === seenSeq}
            />
          </div>
        ))}
        {typist === 'end_user' && <Typing who="The customer" />}
        {typist && typist !== 'end_user' && <p class="boundary">A teammate is writing a reply…</p>}
      </div>
    </div>
  );
}

/** A line where a day or a session begins. */
function Boundary({ entry, previous }: { entry: Entry; previous: Entry | undefined }) {
  if (entry.kind === 'outgoing') return null;
  const { session_id, created_at } = entry.message;
  const time = parseTime(created_at);
  const before = previous?.kind === 'kept' ? previous.message : undefined;
  if (before && session_id && before.session_id && before.session_id !== session_id) {
    return (
      <div class="boundary session" data-testid="session-boundary">
        <span>
          New session · {dayLabel(time, new Date())}, {clockTime(time)}
        </span>
      </div>
    );
  }
  if (before && sameDay(parseTime(before.created_at), time)) return null;
  return <div class="day">{dayLabel(time, new Date())}</div>;
}
