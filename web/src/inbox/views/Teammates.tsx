import { useStore } from '../../shared/store';
import type { InboxSession } from '../session';

/** Everybody of the organization, those who are here first. */
export function Teammates({ session }: { session: InboxSession }) {
  const online = useStore(session.online);
  const { agents, agent: me } = session.bootstrap;
  const sorted = [...agents].sort(
    (a, b) => Number(online.has(b.id)) - Number(online.has(a.id)) || a.name.localeCompare(b.name),
  );
  return (
    <section class="teammates" aria-label="Team">
      <h2>Team</h2>
      <ul>
        {sorted.map((agent) => {
          const status = online.has(agent.id) ? 'online' : 'offline';
          return (
            <li key={agent.id} data-testid="teammate" data-id={agent.id} data-status={status}>
              <span class="dot" aria-hidden="true" />
              <span class="teammate-name">{agent.id === me.id ? `${agent.name} (you)` : agent.name}</span>
              <span class="visually-hidden">{status}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
