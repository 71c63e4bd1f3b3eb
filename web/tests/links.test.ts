import { describe, expect, it } from 'vitest';
import { safeImageUrl, safeUrl, segments } from '../src/shared/links';

describe('links in text', () => {
  it('leave the sentence around them alone', () => {
    expect(segments('See https://example.com/a?b=1, or not.')).toEqual([
      { text: 'See ' },
      { text: 'https://example.com/a?b=1', href: 'https://example.com/a?b=1' },
      { text: ', or not.' },
    ]);
  });

  it('keep a bracket that belongs to the address', () => {
    expect(segments('(https://example.org/Tea_(drink))').map(({ text }) => text)).toEqual([
      '(',
      'https://example.org/Tea_(drink)',
      ')',
    ]);
  });

  it('are never anything but web addresses', () => {
    expect(segments('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)' }]);
    for (const address of ['javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', '']) {
      expect(safeUrl(address)).toBeNull();
    }
    expect(safeImageUrl('data:image/svg+xml,<svg/>')).toBeNull();
    expect(safeImageUrl('data:image/png;base64,AA')).toBe('data:image/png;base64,AA');
  });
});
