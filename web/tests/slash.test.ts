import { describe, expect, it } from 'vitest';
import { type Offer, narrow, press, slashWord } from '../src/inbox/slash';
import type { SavedReply } from '../src/shared/wire';

/** The word at the `|` of a text. */
function at(text: string) {
  const caret = text.indexOf('|');
  return slashWord(text.replace('|', ''), caret);
}

describe('a word with a slash', () => {
  it('is found where the caret is', () => {
    expect(at('/|')).toEqual({ from: 0, to: 1, letters: '' });
    expect(at('Hi! /ref|')).toEqual({ from: 4, to: 8, letters: 'ref' });
    expect(at('Hi!\n/ref|und and more')).toEqual({ from: 4, to: 8, letters: 'ref' });
    expect(at('/öffnungs|')?.letters).toBe('öffnungs');
  });

  it('begins with the slash', () => {
    for (const text of ['|/ref', 'and/or|', '/ref |', 'https://a.example/|', '|', 'ref|']) {
      expect(at(text), text).toBeNull();
    }
  });
});

describe('an offer', () => {
  const reply = (shortcut: string): SavedReply => ({ id: shortcut, shortcut, title: '', body: '' });
  const offer: Offer = { word: { from: 0, to: 1, letters: '' }, replies: ['a', 'b', 'c'].map(reply), marked: 0 };

  it('is walked through up and down, around the ends', () => {
    expect(press(offer, 'ArrowDown')).toEqual({ ...offer, marked: 1 });
    expect(press(offer, 'ArrowUp')).toEqual({ ...offer, marked: 2 });
    expect(press({ ...offer, marked: 2 }, 'ArrowDown')).toEqual(offer);
  });

  it('keeps what still begins as typed', () => {
    const word = { from: 3, to: 5, letters: 'B' };
    expect(narrow({ ...offer, marked: 2 }, word)).toEqual({ word, replies: [reply('b')], marked: 0 });
    expect(narrow(offer, { ...word, letters: 'x' })).toBeNull();
    expect(narrow(null, word)).toBeNull();
  });

  it('is accepted, ended or not meant', () => {
    expect(['Enter', 'Tab', 'Escape', 'a', 'ArrowLeft'].map((key) => press(offer, key))).toEqual([
      'accept',
      'accept',
      'end',
      null,
      null,
    ]);
  });
});
