import { useId, useState } from 'preact/hooks';
import type { DropdownMedia } from '../wire';
import type { Choosing } from './Content';
import { Text } from './Text';

/**
 * A question with its answers as a list. Picking and sending are two steps: with the keyboard, a list changes its
 * value at every arrow key, and only one of those is meant.
 */
export function Dropdown({ media, prompt, chosen, choose }: { media: DropdownMedia; prompt: string } & Choosing) {
  const [picked, setPicked] = useState('');
  const id = useId();
  const inert = chosen !== null || !choose;
  return (
    <>
      <Text text={prompt} />
      <div class="dropdown">
        <select
          id={id}
          aria-label={prompt || media.placeholder || 'Choose'}
          value={chosen ?? picked}
          disabled={inert}
          onChange={(event) => setPicked(event.currentTarget.value)}
        >
          <option value="">{media.placeholder || 'Choose…'}</option>
          {(media.options ?? []).map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        {!inert && (
          <button type="button" class="choice" disabled={!picked} onClick={() => choose(picked)}>
            Send
          </button>
        )}
      </div>
    </>
  );
}
