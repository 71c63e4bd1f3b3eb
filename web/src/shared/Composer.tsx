import type { Ref, TextareaHTMLAttributes } from 'preact';
import { useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks';

export interface ComposerHandle {
  focus: () => void;
  /** Puts a text in the place of another and the caret behind it. */
  replace: (from: number, to: number, text: string) => void;
}

interface Props {
  /** The text so far; whoever renders the composer keeps it, so it can outlive the view. */
  draft: string;
  placeholder: string;
  onInput: (text: string, caret: number) => void;
  onSend: (text: string) => void;
  handle?: Ref<ComposerHandle>;
  /** Whoever helps with writing hears of each key first, and says whether that was all there is to it. */
  onKey?: (event: KeyboardEvent) => boolean;
  /** More attributes of the field. */
  field?: TextareaHTMLAttributes;
}

/** Where messages are written. Enter sends, Shift-Enter breaks the line; the field grows with its text. */
export function Composer({ draft, placeholder, onInput, onSend, handle, onKey, field: attributes }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const latest = useRef(onInput);
  latest.current = onInput;
  useImperativeHandle(
    handle ?? null,
    () => ({
      focus: () => field.current?.focus(),
      replace: (from, to, text) => {
        if (!field.current) return;
        field.current.focus();
        field.current.setRangeText(text, from, to, 'end');
        latest.current(field.current.value, field.current.selectionEnd);
      },
    }),
    [],
  );
  useLayoutEffect(() => fit(field.current), [draft]);

  const submit = () => {
    const text = draft.trim();
    if (!text) return;
    onSend(text);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a word is being composed (Japanese, Chinese, …) keys belong to the input method.
    if (event.isComposing || onKey?.(event) || event.key !== 'Enter' || event.shiftKey) return;
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
        {...attributes}
        onInput={(event) => onInput(event.currentTarget.value, event.currentTarget.selectionEnd)}
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
