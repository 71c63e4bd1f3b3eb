import { segments } from '../links';

/** Plain text with its line breaks; addresses in it open elsewhere and learn nothing of us. */
export function Text({ text }: { text: string }) {
  if (!text) return null;
  return (
    <p class="text">
      {segments(text).map((segment, index) =>
        segment.href ? (
          <a key={index} href={segment.href} target="_blank" rel="noopener noreferrer nofollow">
            {segment.text}
          </a>
        ) : (
          segment.text
        ),
      )}
    </p>
  );
}
