import { useState } from 'preact/hooks';
import { addTag } from '../tags';

/** The session's tags; one more with Enter, one less with its cross. */
export function TagEditor({ tags, onChange }: { tags: readonly string[]; onChange: (tags: string[]) => void }) {
  const [text, setText] = useState('');
  const commit = () => {
    const next = addTag(tags, text);
    setText('');
    if (next.length !== tags.length) onChange(next);
  };
  return (
    <div class="tags" data-testid="tags">
      {tags.map((tag) => (
        <span key={tag} class="tag">
          {tag}
          <button type="button" aria-label={`Remove tag ${tag}`} onClick={() => onChange(tags.filter((each) => each !== tag))}>
            ×
          </button>
        </span>
      ))}
      <input
        class="tag-input"
        data-testid="tag-input"
        aria-label="Add a tag"
        placeholder="Add tag"
        value={text}
        size={8}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          commit();
        }}
      />
    </div>
  );
}
