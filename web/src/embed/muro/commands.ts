import { identityOf, type Identity } from './identity';

/** What commands act on, once `init` has named a widget. */
export interface Widget {
  identify: (identity: Identity) => void;
  open: () => void;
  close: () => void;
  reset: () => void;
}

/** A call of `muro(name, options)`, as `arguments` or as an array. */
export type Call = ArrayLike<unknown>;

/** Carries out `muro()` calls, in the order in which they were made. What comes before `init` waits for it. */
export class Commands {
  #widget: Widget | undefined;
  #widgetId: string | undefined;
  #waiting: Call[] = [];

  constructor(
    private readonly start: (widgetId: string) => Widget,
    private readonly warn: (what: string) => void,
  ) {}

  run(call: Call): void {
    if (call[0] === 'init') this.#init(call[1]);
    else if (this.#widget) this.#do(this.#widget, call);
    else this.#waiting.push(call);
  }

  /** A page may say it again and again: on each navigation of a single-page application, for one. */
  #init(options: unknown): void {
    const { widgetId } = Object(options) as { widgetId?: unknown };
    if (typeof widgetId !== 'string' || !widgetId) return this.warn("init needs { widgetId: 'wgt_…' }");
    if (this.#widget) {
      if (widgetId !== this.#widgetId) this.warn(`this page has the widget ${this.#widgetId} already`);
      return;
    }
    this.#widgetId = widgetId;
    this.#widget = this.start(widgetId);
    for (const call of this.#waiting.splice(0)) this.#do(this.#widget, call);
  }

  #do(widget: Widget, call: Call): void {
    const name = call[0] as keyof Widget;
    switch (name) {
      case 'identify': {
        const identity = identityOf(call[1]);
        if (identity) widget.identify(identity);
        else this.warn('identify needs { email }');
        break;
      }
      case 'open':
      case 'close':
      case 'reset':
        widget[name]();
        break;
      default:
        this.warn(`there is no command ${JSON.stringify(name)}`);
    }
  }
}
