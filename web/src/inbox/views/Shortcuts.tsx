import { Dialog } from './Dialog';

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['j  k', 'Next and previous conversation'],
  ['r', 'Reply'],
  ['c', 'Claim'],
  ['e', 'Resolve'],
  ['Enter', 'Send'],
  ['Shift Enter', 'New line'],
  ['/', 'A saved reply, at the beginning of a word'],
  ['Esc', 'Leave the reply, close a dialog'],
];

/** The sheet of keys. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
