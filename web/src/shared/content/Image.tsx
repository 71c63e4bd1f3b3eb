import { useState } from 'preact/hooks';
import { safeImageUrl, safeUrl } from '../links';
import type { ImageMedia } from '../wire';
import { Text } from './Text';

/** An image that opens in full; one that does not load says what it would have shown. */
export function Image({ media, caption }: { media: ImageMedia; caption: string }) {
  const [broken, setBroken] = useState(false);
  const source = safeImageUrl(media.url);
  const alt = media.alt || caption || 'Image';
  return (
    <figure class="image">
      {source && !broken ? (
        <a href={safeUrl(media.url) ?? undefined} target="_blank" rel="noopener noreferrer nofollow">
          <img src={source} alt={alt} loading="lazy" referrerpolicy="no-referrer" onError={() => setBroken(true)} />
        </a>
      ) : (
        <span class="image-missing">{alt} (not available)</span>
      )}
      {caption && (
        <figcaption>
          <Text text={caption} />
        </figcaption>
      )}
    </figure>
  );
}
