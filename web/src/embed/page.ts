/** Runs `work` as soon as the page has a body to put something into. */
export function whenBody(work: () => void): void {
  if (document.body) work();
  else document.addEventListener('DOMContentLoaded', work);
}
