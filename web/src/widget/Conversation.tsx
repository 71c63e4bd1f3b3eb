import { chosenValue, entries, newestSeen, showsTime, type Entry } from '../shared/entries';
import type { Feed } from '../shared/feed';
import { useConversationScroll } from '../shared/scroll';
import { Store, useStore } from '../shared/store';
import { dayLabel, parseTime, sameDay } from '../shared/time';
import { emptyTimeline } from '../shared/timeline';
import { Typing } from '../shared/Typing';
import { Bubble } from './Bubble';
import type { WidgetSession } from './session';

const nothing = new Store(emptyTimeline);

/** The scrolling log of messages. */
export function Conversation({ session, feed }: { session: WidgetSession; feed: Feed | null }) {
  const timeline = useStore(feed?.timeline ?? nothing);
  const queue = useStore(session.outbox.queue);
  const loading = useStore(session.loading);
  const typist = useStore(session.typing.typist);
  const all = entries(timeline, queue);
  const log = useConversationScroll(all.map((entry) => entry.key), feed?.conversationId ?? '', typist !== null);
  const seenSeq = newestSeen(timeline.messages, 'end_user', new Set([session.bootstrap.external_id]));

  return (
    <div class="log" ref={log} role="log" aria-live="polite" aria-label="Conversation" aria-busy={loading} tabIndex={0}>
      <div class="log-inner">
        {all.length === 0 && !loading && <Greeting name={session.bootstrap.customer_name} />}
        {all.map((entry, index) => (
          <div key={entry.key}>
            <Day entry={entry} previous={all[index - 1]} />
            <Bubble
              entry={entry}
              chosen={chosenValue(all, index)}
              continues={continues(entry, all[index - 1])}
              timed={showsTime(entry, all[index + 1])}
              seen={entry.kind === 'kept' && entry.message.seq === seenSeq}
              onChoose={(value) => session.say(value)}
              onRetry={(id) => session.outbox.retry(id)}
              onDiscard={(id) => session.outbox.discard(id)}
            />
          </div>
        ))}
        {typist && <Typing who="Support" />}
      </div>
    </div>
  );
}

function Greeting({ name }: { name: string | null }) {
  return (
    <div class="greeting">
      <p class="greeting-title">{name ? `Hello ${name},` : 'Hello,'} how can we help?</p>
      <p>Write to us here. Your conversation stays, also when you come back later.</p>
    </div>
  );
}

function Day({ entry, previous }: { entry: Entry; previous: Entry | undefined }) {
  if (entry.kind === 'outgoing') return null;
  const day = parseTime(entry.message.created_at);
  if (previous?.kind === 'kept' && sameDay(parseTime(previous.message.created_at), day)) return null;
  return <div class="day">{dayLabel(day, new Date())}</div>;
}

function continues(entry: Entry, previous: Entry | undefined): boolean {
  return previous !== undefined && senderOf(entry) === senderOf(previous);
}

function senderOf(entry: Entry): string {
  return entry.kind === 'kept' ? entry.message.sender_type : 'end_user';
}
