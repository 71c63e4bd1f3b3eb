import { createLauncher, type Launcher } from './launcher';
import { createPanel, type Panel } from './panel';
import { sessionId } from './session';
import { smallScreen } from './style';
import { createTitleBadge } from './title';

/** The chat on somebody's page: the button in the corner, and the panel once it was wanted. */
export class Chat {
  private readonly origin: string;
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

  constructor(
    private readonly script: HTMLScriptElement,
    private readonly token: string,
  ) {
    this.origin = new URL(script.src, location.href).origin;
    this.launcher = createLauncher(script.dataset.title || 'Chat with us');
    this.listen();
    document.body.appendChild(this.launcher.button);
    if (script.dataset.open === 'true') this.show(true);
  }

  private listen(): void {
    this.launcher.button.addEventListener('click', () => (this.opened ? this.close() : this.openForVisitor()));
    this.small.addEventListener('change', () => this.yieldCorner());
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) this.close();
    });
    addEventListener('message', ({ source, origin, data }: MessageEvent) => {
      const ours = this.panel && source === this.panel.frame.contentWindow && origin === this.origin;
      if (ours && data) this.heard(data);
    });
  }

  private openForVisitor(): void {
    this.wanted = true;
    this.show(true);
    this.panel?.frame.focus();
    this.post('switchboard:opened');
  }

  private close(): void {
    if (!this.opened) return;
    this.show(false);
    this.launcher.button.focus();
  }

  private show(open: boolean): void {
    this.opened = open;
    if (open) this.panel = this.panel || this.load();
    this.panel?.show(open);
    this.launcher.show(open);
    this.yieldCorner();
  }

  private load(): Panel {
    const { title, customerName, sessionId: visitor, externalIdHash } = this.script.dataset;
    const panel = createPanel({
      origin: this.origin,
      token: this.token,
      // A page that knows who is logged in says so itself.
      sessionId: visitor || sessionId(this.token),
      externalIdHash,
      title,
      customerName,
    });
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
    if (type !== 'switchboard:unread') return;
    this.launcher.count(Number(count) || 0);
    this.badgeTitle(Number(count) || 0);
  }

  private post(type: string): void {
    if (this.loaded) this.panel?.frame.contentWindow?.postMessage({ type }, this.origin);
  }
}
