/**
 * Styles go through `element.style`: a host page whose content security policy forbids style tags and attributes
 * still allows that. `z-index` is the largest there is, as the widget must not end up under a cookie banner.
 */
const CORNER = 'position:fixed;border:0;z-index:2147483647;';

/** Below this width (or height) in CSS pixels, the panel takes the whole screen. */
const SMALL_SCREEN = '(max-width: 480px), (max-height: 480px)';

export const smallScreen = (): MediaQueryList => matchMedia(SMALL_SCREEN);

export function styleLauncher(button: HTMLElement): void {
  button.style.cssText =
    `${CORNER}right:20px;bottom:20px;width:56px;height:56px;margin:0;padding:16px;border-radius:50%;` +
    'background:#0b6b6b;color:#fff;box-shadow:0 4px 16px rgba(0,0,0,.24);cursor:pointer';
}

export function styleIcon(icon: SVGElement): void {
  icon.style.cssText =
    'display:block;width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round';
}

export function styleBadge(badge: HTMLElement): void {
  badge.style.cssText =
    'position:absolute;top:-4px;right:-4px;min-width:20px;height:20px;padding:0 6px;border-radius:10px;' +
    'background:#c62828;color:#fff;font:600 12px/20px system-ui,sans-serif;box-sizing:border-box';
}

export function styleFrame(frame: HTMLElement, full: boolean): void {
  frame.style.cssText =
    `${CORNER}background:transparent;color-scheme:normal;` +
    (full
      ? 'right:0;bottom:0;width:100%;height:100%;max-width:none;max-height:none;border-radius:0;box-shadow:none'
      : 'right:20px;bottom:88px;width:380px;height:560px;max-width:calc(100vw - 40px);' +
        'max-height:calc(100vh - 108px);border-radius:14px;box-shadow:0 8px 32px rgba(0,0,0,.18)');
}
