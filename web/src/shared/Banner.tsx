import type { Connection, Link } from './socket';
import { useStore } from './store';

const WORDS: Partial<Record<Link, string>> = {
  slow: 'Connecting…',
  lost: 'Connection lost. Reconnecting…',
  restored: 'Connected again',
};

/** One line about the connection, there only when it matters. */
export function Banner({ connection }: { connection: Connection }) {
  const link = useStore(connection.link);
  const words = WORDS[link];
  return (
    <div role="status" aria-live="polite">
      {words && (
        <div class="banner" data-testid="banner" data-link={link}>
          <span>{words}</span>
          {link !== 'restored' && (
            <button type="button" onClick={() => connection.retryNow()}>
              Retry now
            </button>
          )}
        </div>
      )}
    </div>
  );
}
