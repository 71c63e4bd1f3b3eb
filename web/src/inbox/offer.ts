import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComposerHandle } from '../shared/Composer';
import { offerSavedReplies } from './api';
import { type Offer, narrow, press, slashWord } from './slash';

/** Saved replies for the word that an agent is typing. */
export interface SavedReplies {
  offer: Offer | null;
  /** The text is so now. */
  typed: (text: string, caret: number) => void;
  /** A key was pressed; says whether it was meant for the offer. */
  pressed: (event: KeyboardEvent) => boolean;
  /** One of the offer is wanted. */
  accept: (index: number) => void;
  /** None of it is. */
  end: () => void;
}

export function useSavedReplies(composer: RefObject<ComposerHandle | null>): SavedReplies {
  const [offer, setOffer] = useState<Offer | null>(null);
  /** Counts the questions: an answer to an earlier one comes too late. */
  const asked = useRef(0);

  const end = () => {
    asked.current += 1;
    setOffer(null);
  };
  useEffect(() => end, []);

  const typed = (text: string, caret: number) => {
    const word = slashWord(text, caret);
    if (!word) return end();
    setOffer(narrow(offer, word));
    const question = ++asked.current;
    // On a bad line there is nothing to offer, and nothing to say: the text is the agent's own.
    void offerSavedReplies(word.letters)
      .catch(() => [])
      .then((replies) => {
        if (question === asked.current) setOffer(replies.length > 0 ? { word, replies, marked: 0 } : null);
      });
  };
  const accept = (index: number) => {
    const reply = offer?.replies[index];
    end();
    if (offer && reply) composer.current?.replace(offer.word.from, offer.word.to, reply.body);
  };
  const pressed = (event: KeyboardEvent) => {
    // The caret goes elsewhere: what was offered was for the word it leaves.
    if (/^(ArrowLeft|ArrowRight|Home|End)$/.test(event.key)) end();
    const next = offer && !event.shiftKey ? press(offer, event.key) : null;
    if (!offer || !next) return false;
    // Enter would send, Tab would leave the field, and Escape is also the end of writing.
    event.preventDefault();
    event.stopPropagation();
    if (next === 'accept') accept(offer.marked);
    else if (next === 'end') end();
    else setOffer(next);
    return true;
  };
  return { offer, typed, pressed, accept, end };
}
