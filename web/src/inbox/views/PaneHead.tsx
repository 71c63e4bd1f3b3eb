import type { Conversation } from '../../shared/wire';
import { nameOf } from '../conversations';
import type { InboxSession } from '../session';
import { TagEditor } from './TagEditor';

interface Props {
  session: InboxSession;
  conversation: Conversation | undefined;
  onResolve: () => void;
}

/** The customer, the tags, and what can be done with the conversation. */
export function PaneHead({ session, conversation, onResolve }: Props) {
  const open = conversation?.active_session ?? null;
  const holder = open?.assigned_agent_id ?? null;
  return (
    <header class="pane-head">
      <button type="button" class="back quiet" aria-label="Back to the list" onClick={() => session.select(null)}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M14.5 5.5 8 12l6.5 6.5" />
        </svg>
      </button>
      <div class="pane-title">
        <h2>{conversation ? nameOf(conversation) : 'Loading…'}</h2>
        <p>{conversation && statusOf(session, conversation)}</p>
      </div>
      {open && <TagEditor tags={open.tags} onChange={(tags) => void session.tag(tags)} />}
      <div class="actions">
        {open && !holder && (
          <button type="button" class="primary" data-testid="claim" onClick={() => void session.claim()}>
            Claim
          </button>
        )}
        {open && (
          <button type="button" class="secondary" data-testid="resolve" onClick={onResolve}>
            Resolve
          </button>
        )}
      </div>
    </header>
  );
}

function statusOf(session: InboxSession, { active_session, end_user }: Conversation): string {
  if (!active_session) return `Resolved · ${end_user.external_id}`;
  const holder = active_session.assigned_agent_id;
  return `${holder ? `Assigned to ${session.nameOfAgent(holder).replace(/^You$/, 'you')}` : 'Unassigned'} · ${end_user.external_id}`;
}
