import { identityOf, type Identity } from './identity';

/** What commands act on, once `init` has named a widget. */
export interface Widget {
  identify: (identity: Identity) => void;
  open: () => void;
  close: () => void;
  reset: () => void;
}

/** A call of `muro(name, options)`, as `arguments` or as an array. */
export type Call = ArrayLike<unknown> & Iterable<unknown>;

/** Carries out `muro()` calls, in the order in which they were made. What comes before `init` waits for it. */
export function commands(
  start: (widgetId: string) => Widget,
  warn: (what: string) => void,
): (call: Call) => void {
  let widget: Widget | undefined;
  let known: string;
  const waiting: Call[] = [];

  /** A page may say it again and again: on each navigation of a single-page application, for one. */
  const init = (options: unknown) => {
    const { widgetId } = Object(options) as { widgetId?: unknown };
    if (typeof widgetId !== 'string' || !widgetId) return warn("init needs { widgetId: 'wgt_…' }");
    if (widget) {
      if (widgetId !== known) warn(`this page has the widget ${known} already`);
      return;
    }
    known = widgetId;
    widget = start(widgetId);
    for (const call of waiting) carryOut(widget, call, warn);
  };
  return (call) => {
    if (call[0] === 'init') init(call[1]);
    else if (widget) carryOut(widget, call, warn);
    else waiting.push(call);
  };
}

function carryOut(widget: Widget, [name, options]: Call, warn: (what: string) => void): void {
  if (name === 'identify') {
    const identity = identityOf(options);
    if (identity) widget.identify(identity);
    else warn('identify needs { email }');
  } else if (name === 'open' || name === 'close' || name === 'reset') {
    widget[name]();
  } else {
    warn(`there is no command ${JSON.stringify(name)}`);
  }
}
