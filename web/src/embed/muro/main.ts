import { createChat } from '../chat';
import { whenBody } from '../page';
import { commands, type Call, type Widget } from './commands';
import { knownVisitor } from './visitor';

/**
 * The loader of `muro()`: `<script src="…/widget.js" async></script>`. Before it is there, the page's own
 * `muro` collects calls in `muro.q`; here they are carried out, and `muro` is replaced.
 */
type Muro = { (...call: unknown[]): void; q?: Call[]; ready?: true };

const page = window as { muro?: Muro };
const script = (document.currentScript ||
  document.querySelector('script[src$="/widget.js"]')) as HTMLScriptElement | null;
const origin = new URL(script?.src ?? '', location.href).origin;
const warn = (what: string) => console.warn(`muro: ${what}`);

function start(widgetId: string): Widget {
  const visitor = knownVisitor(origin, widgetId, () => chat.visitorChanged(), warn);
  const chat = createChat({ origin, token: widgetId, title: undefined, visitor: () => visitor.show() });
  return {
    identify: visitor.identify,
    // Called from a click it is the visitor who wants it; called as the page loads it may not take the focus.
    open: () => chat.open(navigator.userActivation?.isActive ?? false),
    close: chat.close,
    reset: visitor.reset,
  };
}

// A second script tag finds the work done.
if (!page.muro?.ready) {
  whenBody(() => {
    const run = commands(start, warn);
    const muro: Muro = (...call) => run(call);
    muro.ready = true;
    const early = page.muro?.q ?? [];
    page.muro = muro;
    for (const call of early) run(call);
  });
}
