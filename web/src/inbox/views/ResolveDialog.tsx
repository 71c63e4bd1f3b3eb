import { useState } from 'preact/hooks';
import { parseTags } from '../tags';
import { Dialog } from './Dialog';

interface Props {
  tags: readonly string[];
  onResolve: (tags: string[]) => void;
  onClose: () => void;
}

/** Asks for the final tags before a session is closed. */
export function ResolveDialog({ tags, onResolve, onClose }: Props) {
  const [line, setLine] = useState(tags.join(', '));
  return (
    <Dialog title="Resolve this conversation?" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onResolve(parseTags(line));
        }}
      >
        <p>It opens again by itself when the customer writes.</p>
        <label>
          Tags, separated by commas
          <input
            data-testid="resolve-tags"
            value={line}
            placeholder="billing, refund"
            onInput={(event) => setLine(event.currentTarget.value)}
          />
        </label>
        <div class="dialog-actions">
          <button type="button" class="secondary" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="resolve-confirm">
            Resolve
          </button>
        </div>
      </form>
    </Dialog>
  );
}
