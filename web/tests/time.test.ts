import { describe, expect, it } from 'vitest';
import { clockTime, dayLabel, parseTime, shortAgo } from '../src/shared/time';

describe('times of the platform dialect', () => {
  it('are UTC although they do not say so', () => {
    expect(parseTime('2025-01-15T08:23:10.000000').toISOString()).toBe('2025-01-15T08:23:10.000Z');
    expect(parseTime('2025-01-15T08:23:10').toISOString()).toBe('2025-01-15T08:23:10.000Z');
  });

  it('keep a zone that is there', () => {
    expect(parseTime('2025-01-15T08:23:10Z').toISOString()).toBe('2025-01-15T08:23:10.000Z');
    expect(parseTime('2025-01-15T08:23:10+02:00').toISOString()).toBe('2025-01-15T06:23:10.000Z');
  });

  it('are shown in the reader’s zone', () => {
    expect(clockTime(parseTime('2025-01-15T08:23:10'), 'en-GB', 'Asia/Tokyo')).toBe('17:23');
  });
});

describe('times in words', () => {
  const now = new Date(2025, 0, 15, 12, 0);

  it('name near days and date far ones', () => {
    expect(dayLabel(new Date(2025, 0, 15, 0, 1), now)).toBe('Today');
    expect(dayLabel(new Date(2025, 0, 14, 23, 59), now)).toBe('Yesterday');
    expect(dayLabel(new Date(2025, 0, 13), now, 'en-GB')).toContain('13 January');
    expect(dayLabel(new Date(2023, 0, 13), now, 'en-GB')).toContain('2023');
  });

  it('grow coarser with age', () => {
    const ago = (ms: number) => shortAgo(new Date(now.getTime() - ms), now, 'en-GB');
    expect(ago(20_000)).toBe('now');
    expect(ago(5 * 60_000)).toBe('5m');
    expect(ago(3 * 3_600_000)).toBe('3h');
    expect(ago(2 * 86_400_000)).toBe('2d');
    expect(ago(9 * 86_400_000)).toBe('6 Jan');
  });
});
