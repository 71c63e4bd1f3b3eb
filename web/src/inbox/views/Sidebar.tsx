import { useStore } from '../../shared/store';
import { signOut } from '../api';
import { countOf, VIEWS, type View } from '../conversations';
import type { InboxSession } from '../session';
import { Teammates } from './Teammates';

const LABELS: Record<View, string> = { unassigned: 'Unassigned', mine: 'Mine', all: 'All' };

/** The organization, the three views with their counts, and the team. */
export function Sidebar({ session, onHelp }: { session: InboxSession; onHelp: () => void }) {
  const all = useStore(session.directory.all);
  const view = useStore(session.view);
  const { organization, agent } = session.bootstrap;
  return (
    <nav class="sidebar" aria-label="Inbox">
      <p class="organization">{organization.name}</p>
      <ul class="views">
        {VIEWS.map((each) => (
          <li key={each}>
            <button
              type="button"
              data-testid={`filter-${each}`}
              aria-current={view === each ? 'page' : undefined}
              onClick={() => session.view.set(each)}
            >
              <span>{LABELS[each]}</span>
              <span class="count">{countOf(all, each, agent.id)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Teammates session={session} />
      <div class="account">
        <span class="account-name" title={agent.email}>
          {agent.name}
        </span>
        <button type="button" class="quiet" aria-label="Keyboard shortcuts" onClick={onHelp}>
          ?
        </button>
        <button type="button" class="quiet" data-testid="logout" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </nav>
  );
}
