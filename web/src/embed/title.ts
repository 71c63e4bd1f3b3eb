/** Puts `(2) ` before the page's title while its tab is hidden, and takes it away without touching what the page wrote. */
export function createTitleBadge(): (unread: number) => void {
  const PREFIX = /^\(\d+\) /;
  let unread = 0;
  const draw = () => {
    const bare = document.title.replace(PREFIX, '');
    document.title = unread > 0 && document.hidden ? `(${unread}) ${bare}` : bare;
  };
  document.addEventListener('visibilitychange', draw);
  return (now) => {
    if (now === unread) return;
    unread = now;
    draw();
  };
}
