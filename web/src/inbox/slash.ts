import type { SavedReply } from '../shared/wire';

/** `/ref` in a text that is being written: where it is, and what follows the slash. */
export interface SlashWord {
  from: number;
  to: number;
  letters: string;
}

/** The word before the caret, if a slash begins it. */
export function slashWord(text: string, caret: number): SlashWord | null {
  const letters = /(?:^|\s)\/(\S*)$/.exec(text.slice(0, caret))?.[1];
  return letters === undefined ? null : { from: caret - letters.length - 1, to: caret, letters };
}

/** The saved replies that are offered for a word, one of them marked. There is at least one. */
export interface Offer {
  word: SlashWord;
  replies: readonly SavedReply[];
  marked: number;
}

/** What is left of an offer when more of the word is typed, until a fresh one comes; `null`: nothing. */
export function narrow(offer: Offer | null, word: SlashWord): Offer | null {
  const letters = word.letters.toLowerCase();
  const replies = offer?.replies.filter(({ shortcut }) => shortcut.toLowerCase().startsWith(letters)) ?? [];
  return replies.length > 0 ? { word, replies, marked: 0 } : null;
}

/** What a key makes of an offer: another one, its acceptance or its end; `null`: the key is not meant for it. */
export function press(offer: Offer, key: string): Offer | 'accept' | 'end' | null {
  switch (key) {
    case 'ArrowDown':
      return mark(offer, 1);
    case 'ArrowUp':
      return mark(offer, -1);
    case 'Enter':
    case 'Tab':
      return 'accept';
    case 'Escape':
      return 'end';
    default:
      return null;
  }
}

/** Behind the last one comes the first. */
function mark(offer: Offer, by: 1 | -1): Offer {
  const count = offer.replies.length;
  return { ...offer, marked: (offer.marked + by + count) % count };
}
