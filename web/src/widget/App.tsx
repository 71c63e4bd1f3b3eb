import { useEffect, useRef, useState } from 'preact/hooks';
import { Banner } from '../shared/Banner';
import { Composer, type ComposerHandle } from '../shared/Composer';
import { useStore } from '../shared/store';
import type { Attention } from './attention';
import { Conversation } from './Conversation';
import type { Host } from './host';
import type { WidgetSession } from './session';

interface Props {
  session: WidgetSession;
  host: Host;
  attention: Attention;
}

/** The whole panel: it fills whatever frame it is given. */
export function App({ session, host, attention }: Props) {
  const feed = useStore(session.feed);
  const hosted = useStore(host.present);
  const opened = useStore(host.opened);
  const [draft, setDraft] = useState('');
  const panel = useRef<HTMLElement>(null);
  const composer = useRef<ComposerHandle>(null);

  useEffect(() => (panel.current ? attention.observe(panel.current) : undefined), [attention]);
  useEffect(() => {
    if (opened > 0) composer.current?.focus();
  }, [opened]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') host.close();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [host]);

  return (
    <main class="panel" ref={panel} aria-labelledby="title">
      <header class="panel-head">
        <h1 id="title">{session.bootstrap.title}</h1>
        {hosted && (
          <button type="button" class="close" aria-label="Close chat" onClick={() => host.close()}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 6l12 12M18 6L6 18" />
            </svg>
          </button>
        )}
      </header>
      <Banner connection={session.connection} />
      <Conversation session={session} feed={feed} />
      <Composer
        handle={composer}
        draft={draft}
        placeholder="Write a message…"
        onInput={(text) => {
          setDraft(text);
          if (text) session.typed();
        }}
        onSend={(text) => {
          session.say(text);
          setDraft('');
        }}
      />
    </main>
  );
}
