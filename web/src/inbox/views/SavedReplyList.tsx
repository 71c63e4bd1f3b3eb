import { useEffect, useRef } from 'preact/hooks';
import type { SavedReplies } from '../offer';

const ID = 'saved-replies';

/** What the field says of the list, which has the keys while the field has the focus. */
export function describeField({ offer }: SavedReplies) {
  return {
    'aria-autocomplete': 'list',
    'aria-controls': offer ? ID : undefined,
    'aria-activedescendant': offer ? optionId(offer.marked) : undefined,
  } as const;
}

/** The saved replies that are offered, above the field. */
export function SavedReplyList({ replies }: { replies: SavedReplies }) {
  const marked = useRef<HTMLLIElement>(null);
  const { offer } = replies;
  useEffect(() => marked.current?.scrollIntoView({ block: 'nearest' }), [offer?.marked]);
  if (!offer) return null;
  return (
    <div class="saved-replies">
      <ul id={ID} role="listbox" aria-label="Saved replies" data-testid="saved-replies">
        {offer.replies.map((reply, index) => (
          <li
            key={reply.id}
            id={optionId(index)}
            ref={index === offer.marked ? marked : undefined}
            role="option"
            aria-selected={index === offer.marked}
            data-testid="saved-reply"
            // Before the field loses the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              replies.accept(index);
            }}
          >
            <b>/{reply.shortcut}</b> <span>{reply.title}</span>
            <small>{reply.body}</small>
          </li>
        ))}
      </ul>
    </div>
  );
}

function optionId(index: number): string {
  return `${ID}-${index}`;
}
