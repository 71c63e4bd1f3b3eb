import { createLauncher } from './launcher';
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
export interface Chat {
  /** Opens the panel; for a visitor who asked for it, the composer takes the focus. */
  open: (wanted: boolean) => void;
  /** Closes the panel. The focus would be lost with it, so it goes to the button. */
  close: () => void;
  /** The visitor is somebody else now, or is called otherwise: what was loaded for the one before is loaded anew. */
  visitorChanged: () => void;
}

export function createChat(options: ChatOptions): Chat {
  const { button, ...launcher } = createLauncher(options.title || 'Chat with us');
  const badgeTitle = createTitleBadge();
  const small = smallScreen();
  let panel: Panel | undefined;
  let opened = false;
  /** The visitor opened it, not the page; only then may it take the focus. */
  let wanted = false;
  /** The frame holds the widget; before, it is still of the host's origin and refuses what is posted to ours. */
  let loaded = false;
  /** The widget in the frame has spoken. */
  let alive = false;

  const post = (type: string) => {
    if (loaded) panel?.frame.contentWindow?.postMessage({ type }, options.origin);
  };
  const load = () => {
    const { frame, ...rest } = createPanel(options, options.visitor());
    frame.addEventListener('load', () => {
      loaded = true;
      post('switchboard:hello');
      if (opened && wanted) post('switchboard:opened');
    });
    document.body.insertBefore(frame, button);
    return { frame, ...rest };
  };
  /** A full-screen panel has its own way to close, once it has shown that it is alive; the button would cover it. */
  const yieldCorner = () => {
    button.style.display = opened && alive && small.matches ? 'none' : 'block';
  };
  const show = (open: boolean) => {
    opened = open;
    if (open) panel ||= load();
    panel?.show(open);
    launcher.show(open);
    yieldCorner();
  };
  const count = (unread: number) => {
    launcher.count(unread);
    badgeTitle(unread);
  };
  const open = (byVisitor: boolean) => {
    wanted = byVisitor;
    show(true);
    if (!wanted) return;
    panel?.frame.focus();
    post('switchboard:opened');
  };
  const close = () => {
    if (!opened) return;
    const focused = document.activeElement === panel?.frame;
    show(false);
    if (focused) button.focus();
  };
  // A frame that is led elsewhere shows the one before until the answer is there, and takes what is typed for them.
  const visitorChanged = () => {
    if (!panel) return;
    const focused = document.activeElement === panel.frame;
    panel.remove();
    loaded = alive = false;
    panel = load();
    panel.show(opened);
    if (focused) panel.frame.focus();
    count(0);
    yieldCorner();
  };

  button.addEventListener('click', () => (opened ? close() : open(true)));
  small.addEventListener('change', yieldCorner);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) close();
  });
  addEventListener('message', ({ source, origin, data }: MessageEvent) => {
    if (!panel || source !== panel.frame.contentWindow || origin !== options.origin || !data) return;
    alive = true;
    yieldCorner();
    if (data.type === 'switchboard:close') close();
    if (data.type === 'switchboard:unread') count(Number(data.count) || 0);
  });
  document.body.appendChild(button);
  return { open, close, visitorChanged };
}
