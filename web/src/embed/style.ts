/**
 * Styles go through `element.style`: a host page whose content security policy forbids style tags and attributes
 * still allows that. `z-index` is the largest there is, as the widget must not end up under a cookie banner.
 */
const ON_TOP = '2147483647';

/** Below this width (or height) in CSS pixels, the panel takes the whole screen. */
const SMALL_SCREEN = '(max-width: 480px), (max-height: 480px)';

export const smallScreen = (): MediaQueryList => matchMedia(SMALL_SCREEN);

export function styleLauncher(button: HTMLElement): void {
  Object.assign(button.style, {
    position: 'fixed',
    right: '20px',
    bottom: '20px',
    width: '56px',
    height: '56px',
    margin: '0',
    padding: '16px',
    border: '0',
    borderRadius: '50%',
    background: '#0b6b6b',
    color: '#fff',
    boxShadow: '0 4px 16px rgba(0,0,0,.24)',
    cursor: 'pointer',
    zIndex: ON_TOP,
  });
}

export function styleBadge(badge: HTMLElement): void {
  Object.assign(badge.style, {
    position: 'absolute',
    top: '-4px',
    right: '-4px',
    minWidth: '20px',
    height: '20px',
    padding: '0 6px',
    borderRadius: '10px',
    background: '#c62828',
    color: '#fff',
    font: '600 12px/20px system-ui,sans-serif',
    boxSizing: 'border-box',
  });
}

export function styleFrame(frame: HTMLElement, full: boolean): void {
  Object.assign(frame.style, {
    position: 'fixed',
    right: full ? '0' : '20px',
    bottom: full ? '0' : '88px',
    width: full ? '100%' : '380px',
    height: full ? '100%' : '560px',
    maxWidth: full ? 'none' : 'calc(100vw - 40px)',
    maxHeight: full ? 'none' : 'calc(100vh - 108px)',
    border: '0',
    borderRadius: full ? '0' : '14px',
    boxShadow: full ? 'none' : '0 8px 32px rgba(0,0,0,.18)',
    background: 'transparent',
    colorScheme: 'normal',
    zIndex: ON_TOP,
  });
}
