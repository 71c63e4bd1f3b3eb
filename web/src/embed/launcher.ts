import { styleBadge, styleIcon, styleLauncher } from './style';

const SPEECH = 'M4 5.5h16v11H10l-4.5 3.5v-3.5H4z';
const CHEVRON = 'M6 9.5l6 6 6-6';
const SVG = 'http://www.w3.org/2000/svg';

/** The round button in the corner: opens and closes the panel and counts what came in while it was closed. */
export interface Launcher {
  button: HTMLButtonElement;
  show: (open: boolean) => void;
  count: (unread: number) => void;
}

export function createLauncher(title: string): Launcher {
  const button = document.createElement('button');
  const path = document.createElementNS(SVG, 'path');
  const badge = document.createElement('span');
  let unread = 0;
  let opened = false;

  button.type = 'button';
  button.id = 'switchboard-launcher';
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-controls', 'switchboard-widget');
  styleLauncher(button);
  styleBadge(badge);
  badge.setAttribute('aria-hidden', 'true');
  button.append(icon(path), badge);

  const draw = () => {
    path.setAttribute('d', opened ? CHEVRON : SPEECH);
    badge.hidden = unread === 0 || opened;
    badge.style.display = badge.hidden ? 'none' : 'block';
    badge.textContent = unread > 9 ? '9+' : String(unread);
    button.setAttribute('aria-expanded', String(opened));
    button.setAttribute('aria-label', opened ? 'Close chat' : unread ? `${title}, ${unread} unread` : title);
  };
  draw();
  return {
    button,
    show: (open) => {
      opened = open;
      draw();
    },
    count: (now) => {
      unread = now;
      draw();
    },
  };
}

function icon(path: SVGPathElement): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  styleIcon(svg);
  svg.append(path);
  return svg;
}
