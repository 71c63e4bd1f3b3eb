import type { ButtonsMedia, Choice } from '../wire';
import type { Choosing } from './Content';
import { Text } from './Text';

/** A question with its answers as buttons. */
export function Buttons({ media, prompt, ...choosing }: { media: ButtonsMedia; prompt: string } & Choosing) {
  return (
    <>
      <Text text={prompt} />
      <Choices choices={media.buttons ?? []} {...choosing} />
    </>
  );
}

/** A row of buttons, good for one choice. */
export function Choices({ choices, chosen, choose }: { choices: Choice[] } & Choosing) {
  if (choices.length === 0) return null;
  return (
    <div class="choices" role="group">
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          class="choice"
          aria-pressed={chosen === choice.value}
          disabled={chosen !== null || !choose}
          onClick={() => choose?.(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
