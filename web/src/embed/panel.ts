import type { ChatOptions, Visitor } from './chat';
import { smallScreen, styleFrame } from './style';

/** The iframe with the widget in it, made when it is first wanted. */
export interface Panel {
  frame: HTMLIFrameElement;
  show: (open: boolean) => void;
  /** Takes the widget off the page, and all that was to be seen in it. */
  remove: () => void;
}

export function createPanel(options: ChatOptions, visitor: Visitor): Panel {
  const frame = document.createElement('iframe');
  frame.id = 'switchboard-widget';
  frame.title = options.title || 'Chat';
  frame.src = widgetUrl(options, visitor);
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
    show: (open) => {
      opened = open;
      draw();
    },
    remove: () => {
      small.removeEventListener('change', draw);
      frame.remove();
    },
  };
}

function widgetUrl({ origin, token, title }: ChatOptions, { id, hash, name }: Visitor): string {
  const query = new URLSearchParams({
    embed_token: token,
    session_id: id,
    ...(hash && { external_id_hash: hash }),
    ...(title && { title }),
    ...(name && { customer_name: name }),
  });
  return `${origin}/chat-widget?${query}`;
}
