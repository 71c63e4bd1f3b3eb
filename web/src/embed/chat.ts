import { createLauncher, type Launcher } from './launcher';
import { createPanel, type Panel } from './panel';
import { smallScreen } from './style';
import { createTitleBadge } from './title';

/** Who is in front of the page, as the widget is told. */
export interface Visitor {
  /** Their id on the channel. */
  id: string;
  /** The site's signature of it, on channels that require one. */
  hash?: string;
  /** What they are called. */
  name?: string;
}

export interface ChatOptions {
  /** Where the server is. */
  origin: string;
  /** What opens the widget there: an embed token or a widget's id. */
  token: string;
  title: string | undefined;
  /** Asked when the widget is first wanted: a page that nobody chats on gets no id and no storage. */
  visitor: () => Visitor;
}

/** The chat on somebody's page: the button in the corner, and the panel once it was wanted. */
export class Chat {
  private readonly launcher: Launcher;
  private readonly badgeTitle = createTitleBadge();
  private readonly small = smallScreen();
  private panel: Panel | undefined;
  private opened = false;
  /** The visitor opened it, not the page; only then may it take the focus. */
  private wanted = false;
  /** The frame holds the widget; before, it is still of the host's origin and refuses what is posted to ours. */
  private loaded = false;
  /** The widget in the frame has spoken. */
  private alive = false;

  constructor(private readonly options: ChatOptions) {
    this.launcher = createLauncher(options.title || 'Chat with us');
    this.listen();
    document.body.appendChild(this.launcher.button);
  }

  /** Opens the panel; for a visitor who asked for it, the composer takes the focus. */
  open(wanted: boolean): void {
    this.wanted = wanted;
    this.show(true);
    if (!wanted) return;
    this.panel?.frame.focus();
    this.post('switchboard:opened');
  }

  /** Closes the panel. The focus would be lost with it, so it goes to the button. */
  close(): void {
    if (!this.opened) return;
    const focused = document.activeElement === this.panel?.frame;
    this.show(false);
    if (focused) this.launcher.button.focus();
  }

  /** The visitor is somebody else now, or is called otherwise: what was loaded for the one before is loaded anew. */
  visitorChanged(): void {
    if (!this.panel) return;
    this.panel.visit(this.options.visitor());
    this.alive = false;
    this.count(0);
    this.yieldCorner();
  }

  private listen(): void {
    this.launcher.button.addEventListener('click', () => (this.opened ? this.close() : this.open(true)));
    this.small.addEventListener('change', () => this.yieldCorner());
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) this.close();
    });
    addEventListener('message', ({ source, origin, data }: MessageEvent) => {
      const ours = this.panel && source === this.panel.frame.contentWindow && origin === this.options.origin;
      if (ours && data) this.heard(data);
    });
  }

  private show(open: boolean): void {
    this.opened = open;
    if (open) this.panel = this.panel || this.load();
    this.panel?.show(open);
    this.launcher.show(open);
    this.yieldCorner();
  }

  private load(): Panel {
    const panel = createPanel(this.options, this.options.visitor());
    panel.frame.addEventListener('load', () => {
      this.loaded = true;
      this.post('switchboard:hello');
      if (this.opened && this.wanted) this.post('switchboard:opened');
    });
    document.body.insertBefore(panel.frame, this.launcher.button);
    return panel;
  }

  /** A full-screen panel has its own way to close, once it has shown that it is alive; the button would cover it. */
  private yieldCorner(): void {
    const covers = this.opened && this.alive && this.small.matches;
    this.launcher.button.style.display = covers ? 'none' : 'block';
  }

  private heard({ type, count }: { type?: string; count?: number }): void {
    this.alive = true;
    this.yieldCorner();
    if (type === 'switchboard:close') this.close();
    if (type === 'switchboard:unread') this.count(Number(count) || 0);
  }

  private count(unread: number): void {
    this.launcher.count(unread);
    this.badgeTitle(unread);
  }

  private post(type: string): void {
    if (this.loaded) this.panel?.frame.contentWindow?.postMessage({ type }, this.options.origin);
  }
}
