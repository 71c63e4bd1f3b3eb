import { smallScreen, styleFrame } from './style';

/** The iframe with the widget in it, made when it is first wanted. */
export interface Panel {
  frame: HTMLIFrameElement;
  origin: string;
  show: (open: boolean) => void;
}

/** Where the widget lives and what it is told. */
export interface PanelOptions {
  origin: string;
  token: string;
  sessionId: string;
  /** The signature of `sessionId`, on channels that require one. */
  externalIdHash?: string;
  title: string | undefined;
  customerName: string | undefined;
}

export function createPanel(options: PanelOptions): Panel {
  const frame = document.createElement('iframe');
  frame.id = 'switchboard-widget';
  frame.title = options.title || 'Chat';
  frame.src = widgetUrl(options);
  frame.allow = 'clipboard-read; clipboard-write';
  // The widget may be itself (its origin, its storage) and open links; it may not move the page it sits on.
  frame.setAttribute(
    'sandbox',
    'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads',
  );
  const small = smallScreen();
  let opened = false;
  const draw = () => {
    styleFrame(frame, small.matches);
    frame.style.display = opened ? 'block' : 'none';
  };
  small.addEventListener('change', draw);
  draw();
  return {
    frame,
    origin: options.origin,
    show: (open) => {
      opened = open;
      draw();
    },
  };
}

function widgetUrl({ origin, token, sessionId, externalIdHash, title, customerName }: PanelOptions): string {
  const url = new URL('/chat-widget', origin);
  url.searchParams.set('embed_token', token);
  url.searchParams.set('session_id', sessionId);
  if (externalIdHash) url.searchParams.set('external_id_hash', externalIdHash);
  if (title) url.searchParams.set('title', title);
  if (customerName) url.searchParams.set('customer_name', customerName);
  return url.href;
}
