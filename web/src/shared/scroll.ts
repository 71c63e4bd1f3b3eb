import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** Nearer to the end than this, a reader follows the conversation. */
const NEAR_END_PX = 80;

/**
 * Keeps a conversation where its reader is: at the end while they follow it, otherwise on what they are reading, also
 * when older messages come in above. `keys` are those of the bubbles, `scope` the conversation shown.
 */
export function useConversationScroll(keys: readonly string[], scope: string, typing: boolean) {
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const before = useRef({ first: '', height: 0 });
  const first = keys[0] ?? '';

  useLayoutEffect(() => {
    follows.current = true;
  }, [scope]);

  useLayoutEffect(() => {
    const element = log.current;
    if (!element) return;
    if (follows.current) element.scrollTop = element.scrollHeight;
    else if (first !== before.current.first) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { first, height: element.scrollHeight };
  }, [first, keys.length, scope, typing]);

  useEffect(() => {
    const element = log.current;
    if (!element) return undefined;
    const onScroll = () => {
      follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    };
    // Images arrive late and a keyboard shrinks the view: whoever was at the end stays there.
    const onResize = new ResizeObserver(() => {
      if (follows.current) element.scrollTop = element.scrollHeight;
    });
    element.addEventListener('scroll', onScroll, { passive: true });
    onResize.observe(element);
    if (element.firstElementChild) onResize.observe(element.firstElementChild);
    return () => {
      element.removeEventListener('scroll', onScroll);
      onResize.disconnect();
    };
  }, [scope]);

  return log;
}
