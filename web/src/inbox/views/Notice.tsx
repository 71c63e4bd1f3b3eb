import { useEffect } from 'preact/hooks';
import { useStore } from '../../shared/store';
import type { InboxSession } from '../session';

const SHOWN_MS = 8_000;

/** A line that tells what went otherwise than wanted, and goes away by itself. */
export function Notice({ session }: { session: InboxSession }) {
  const notice = useStore(session.notice);
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => session.notice.set(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="notices" role="status" aria-live="polite">
      {notice && (
        <div class="notice" data-testid="notice">
          <span>{notice}</span>
          <button type="button" aria-label="Dismiss" onClick={() => session.notice.set(null)}>
            ×
          </button>
        </div>
      )}
    </div>
  );
}
