import { describe, expect, it } from 'vitest';
import { commands } from '../src/embed/muro/commands';

/** Commands that act on a widget which writes down what it was told. */
function trial() {
  const did: unknown[] = [];
  const warned: string[] = [];
  const run = commands(
    (widgetId) => {
      did.push(['init', widgetId]);
      return {
        identify: (identity) => did.push(['identify', identity]),
        open: () => did.push('open'),
        close: () => did.push('close'),
        reset: () => did.push('reset'),
      };
    },
    (what) => warned.push(what),
  );
  return { did, warned, run: (...call: unknown[]) => run(call) };
}

const init = ['init', { widgetId: 'wgt_1' }] as const;

describe('commands', () => {
  it('are carried out in their order', () => {
    const { did, run } = trial();
    run(...init);
    run('identify', { email: 'marie@example.com' });
    run('open');
    run('close');
    expect(did).toEqual([['init', 'wgt_1'], ['identify', { email: 'marie@example.com' }], 'open', 'close']);
  });

  it('wait for init', () => {
    const { did, run } = trial();
    run('open');
    expect(did).toEqual([]);
    run(...init);
    expect(did).toEqual([['init', 'wgt_1'], 'open']);
  });

  it('begin one widget however often init is called', () => {
    const { did, warned, run } = trial();
    run(...init);
    run(...init);
    expect([did.length, warned.length]).toEqual([1, 0]);
    run('init', { widgetId: 'wgt_2' });
    expect([did.length, warned.length]).toEqual([1, 1]);
  });

  it('that are wrong or unknown are told to the console and break nothing', () => {
    const { did, warned, run } = trial();
    for (const wrong of [undefined, null, {}, { widgetId: 7 }, 'wgt_1']) run('init', wrong);
    expect(warned).toHaveLength(5);
    run(...init);
    for (const wrong of [undefined, null, {}, { email: ' ' }, { email: 7 }]) run('identify', wrong);
    for (const unknown of ['shutdown', undefined, 'toString', '__proto__']) run(unknown);
    expect(warned).toHaveLength(14);
    expect(did).toHaveLength(1);
  });
});
