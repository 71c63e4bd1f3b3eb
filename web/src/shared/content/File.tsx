import { safeUrl } from '../links';
import type { FileMedia } from '../wire';
import { fileSize } from './size';
import { Text } from './Text';

/** A file to fetch, with its name and size. */
export function File({ media, caption }: { media: FileMedia; caption: string }) {
  const href = safeUrl(media.url) ?? undefined;
  const name = media.filename || caption || 'File';
  return (
    <>
      <a class="file" href={href} target="_blank" rel="noopener noreferrer nofollow" download={name}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M6 2.75h8L19.25 8v13.25H6z M13.5 3v5.5H19" />
        </svg>
        <span class="file-name">{name}</span>
        {media.size !== undefined && <span class="file-size">{fileSize(media.size)}</span>}
      </a>
      {caption && caption !== name && <Text text={caption} />}
    </>
  );
}
