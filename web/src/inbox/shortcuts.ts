import { useEffect, useRef } from 'preact/hooks';
import { listed, neighbour } from './conversations';
import type { InboxSession } from './session';

/** What the keys do that the session alone cannot. */
export interface Actions {
  reply: () => void;
  resolve: () => void;
  help: () => void;
}

/** Single keys, as long as nobody is writing and no dialog is open; Escape ends the writing. */
export function useShortcuts(session: InboxSession, actions: Actions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (isWriting(event.target)) {
        if (event.key === 'Escape') event.target.blur();
        return;
      }
      if (press(session, latest.current, event.key)) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [session]);
}

/** Does what a key stands for; says whether it stands for anything. */
function press(session: InboxSession, actions: Actions, key: string): boolean {
  switch (key) {
    case 'j':
      step(session, 1);
      return true;
    case 'k':
      step(session, -1);
      return true;
    case 'r':
      actions.reply();
      return true;
    case 'c':
      void session.claim();
      return true;
    case 'e':
      if (hasOpenSession(session)) actions.resolve();
      return true;
    case '?':
      actions.help();
      return true;
    default:
      return false;
  }
}

function step(session: InboxSession, by: 1 | -1): void {
  const list = listed(session.directory.all.value, session.view.value, session.bootstrap.agent.id);
  const next = neighbour(list, session.thread.value?.conversationId ?? null, by);
  if (next) session.select(next.id);
}

function hasOpenSession(session: InboxSession): boolean {
  const id = session.thread.value?.conversationId;
  return Boolean(id && session.directory.all.value.get(id)?.active_session);
}

function isWriting(target: EventTarget | null): target is HTMLElement {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
