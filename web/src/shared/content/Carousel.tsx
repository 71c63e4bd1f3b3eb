import { safeImageUrl } from '../links';
import type { Card, CarouselMedia } from '../wire';
import { Choices } from './Buttons';
import type { Choosing } from './Content';
import { Text } from './Text';

/** Cards side by side, scrolled by hand or by keyboard. */
export function Carousel({ media, intro, ...choosing }: { media: CarouselMedia; intro: string } & Choosing) {
  return (
    <>
      <Text text={intro} />
      <ul class="carousel" tabIndex={0} aria-label="Cards">
        {(media.cards ?? []).map((card, index) => (
          <CardView key={index} card={card} {...choosing} />
        ))}
      </ul>
    </>
  );
}

function CardView({ card, ...choosing }: { card: Card } & Choosing) {
  const image = safeImageUrl(card.image_url);
  return (
    <li class="card">
      {image && <img src={image} alt="" loading="lazy" referrerpolicy="no-referrer" />}
      <strong>{card.title}</strong>
      {card.subtitle && <span>{card.subtitle}</span>}
      <Choices choices={card.buttons ?? []} {...choosing} />
    </li>
  );
}
