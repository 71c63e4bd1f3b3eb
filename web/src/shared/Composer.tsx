import type { Ref } from 'preact';
import { useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks';

export interface ComposerHandle {
  focus: () => void;
}

interface Props {
  /** The text so far; whoever renders the composer keeps it, so it can outlive the view. */
  draft: string;
  placeholder: string;
  onInput: (text: string) => void;
  onSend: (text: string) => void;
  handle?: Ref<ComposerHandle>;
}

/** Where messages are written. Enter sends, Shift-Enter breaks the line; the field grows with its text. */
export function Composer({ draft, placeholder, onInput, onSend, handle }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(handle ?? null, () => ({ focus: () => field.current?.focus() }), []);
  useLayoutEffect(() => fit(field.current), [draft]);

  const submit = () => {
    const text = draft.trim();
    if (!text) return;
    onSend(text);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a word is being composed (Japanese, Chinese, …) Enter belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        data-testid="composer"
        rows={1}
        aria-label={placeholder}
        placeholder={placeholder}
        value={draft}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" class="send" data-testid="send" aria-label="Send" disabled={!draft.trim()}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 12 20 4.5 14.5 20 11.5 13z M11.5 13 20 4.5" />
        </svg>
      </button>
    </form>
  );
}

/** The height of the text, up to what the style sheet allows. */
function fit(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
