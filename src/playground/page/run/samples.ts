// Pictures to try a network on: drawn digits, and our own drawings of clothes, like those of Fashion-MNIST.

import { digits } from '../../../data/digits/digits.ts';
import { button, element } from '../dom.ts';

export interface Sample {
  readonly name: string;
  /** An address in the playground's folder, or a picture. */
  readonly source: string | ImageData;
}

export const clothes: readonly Sample[] = [
  'ankle-boot',
  'bag',
  'dress',
  'pullover',
  'sandal',
  'sneaker',
  't-shirt',
  'trouser',
].map((name) => ({ name: name.replace('-', ' '), source: `pictures/${name}.png` }));

/** Those that suit a network of small or grey pictures start with the ten digits. */
export function samplesFor(height: number, width: number, isGrey: boolean): readonly Sample[] {
  return isGrey || height * width <= 64 * 64 ? [...drawnDigits(), ...clothes] : clothes;
}

/** One of each digit, of those that no training learns from. */
function drawnDigits(): readonly Sample[] {
  const drawn = digits({ count: 10, split: 'test', seed: 3 });
  return Array.from({ length: 10 }, (_, index): Sample => {
    const pixels = new ImageData(drawn.width, drawn.height);
    drawn.image(index).forEach((value, at) => pixels.data.set([value, value, value, 255], 4 * at));
    return { name: `digit ${index}`, source: pixels };
  });
}

/** A button with the sample on it. */
export function sampleButton({ name, source }: Sample, show: () => void): HTMLElement {
  const made = button('', show, { class: 'run-sample', 'aria-label': name, title: name });
  if (typeof source === 'string') {
    made.append(element('img', { src: source, alt: '', loading: 'lazy', width: '28', height: '28' }));
    return made;
  }
  const canvas = element('canvas', { 'aria-hidden': 'true', width: `${source.width}`, height: `${source.height}` });
  canvas.getContext('2d')!.putImageData(source, 0, 0);
  made.append(canvas);
  return made;
}
