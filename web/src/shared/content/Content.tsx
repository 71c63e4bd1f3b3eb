import type { Body } from '../wire';
import { Buttons } from './Buttons';
import { Carousel } from './Carousel';
import { Dropdown } from './Dropdown';
import { File } from './File';
import { Image } from './Image';
import { Text } from './Text';

/** What a message with choices needs to know: what was chosen, and where a choice goes. Without `choose` it is inert. */
export interface Choosing {
  chosen: string | null;
  choose?: (value: string) => void;
}

/** A message's content, one component per content type. A type from the future shows its text. */
export function Content({ body, chosen, choose }: { body: Body } & Choosing) {
  if (!body.rich_media) return <Text text={body.content} />;
  switch (body.content_type) {
    case 'image':
      return <Image media={body.rich_media} caption={body.content} />;
    case 'file':
      return <File media={body.rich_media} caption={body.content} />;
    case 'quick_button':
      return <Buttons media={body.rich_media} prompt={body.content} chosen={chosen} choose={choose} />;
    case 'carousel':
      return <Carousel media={body.rich_media} intro={body.content} chosen={chosen} choose={choose} />;
    case 'dropdown':
      return <Dropdown media={body.rich_media} prompt={body.content} chosen={chosen} choose={choose} />;
    default:
      return <Text text={(body as Body).content} />;
  }
}
