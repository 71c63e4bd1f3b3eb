/** The three dots. Announced by nobody: a screen reader would repeat it at every pause of the typist. */
export function Typing({ who }: { who: string }) {
  return (
    <div class="typing" data-testid="typing" aria-hidden="true" title={`${who} is typing`}>
      <i />
      <i />
      <i />
    </div>
  );
}
