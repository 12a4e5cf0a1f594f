// The picture that the network sees: drawn, dropped, pasted, chosen, a sample, or the camera's. It does not leave the page.

import { penOn } from '../../../page/browser/pen.ts';
import { pixelsOf } from '../../../page/browser/pixels.ts';
import { digits } from '../../../data/digits/digits.ts';
import type { PictureData } from '../../run/protocol.ts';
import { button, element } from '../dom.ts';
import { startCamera } from './camera.ts';
import type { Camera } from './camera.ts';

/** Pixels of the canvas along its longer side. */
const SIDE = 280;
/** Bytes of a picture file, at most. */
const MAX_BYTES = 2 ** 26;

export interface PictureInput {
  /** For a network that takes pictures of this size. */
  fit(height: number, width: number, isGrey: boolean): void;
  /** What is on the canvas; undefined where nothing is. */
  current(): PictureData | undefined;
  /** One that suits what the network was taught: clothes, or the digits first. */
  showSample(kind: 'clothes' | 'digit'): void;
  hide(): void;
}

export interface Sample {
  readonly name: string;
  /** An address in the playground's folder, or a picture. */
  readonly source: string | ImageData;
}

/** `changed` is called at every stroke; `say` gets sentences for the user. */
export function createPictureInput(
  root: HTMLElement,
  changed: () => void,
  say: (sentence: string) => void,
): PictureInput {
  const canvas = element('canvas', {
    tabindex: '0',
    role: 'img',
    'aria-label': 'Drawing area: arrow keys move the pen, the space bar puts it down and lifts it',
  });
  const cursor = element('span', { class: 'run-cursor', 'aria-hidden': 'true' });
  const invitation = element(
    'span',
    { class: 'run-invitation', 'aria-hidden': 'true' },
    'Draw here, or drop a picture',
  );
  const stage = element('div', { class: 'run-stage empty' }, canvas, cursor, invitation);
  const chooser = element('input', { type: 'file', accept: 'image/*', hidden: '', 'aria-label': 'Picture file' });
  const width = element('input', { type: 'range', min: '4', max: '40', value: '22', 'aria-label': 'Width of the pen' });
  const invert = element('input', { type: 'checkbox' });
  const samples = element('div', { class: 'run-samples', role: 'group', 'aria-label': 'Samples' });
  const context = (): CanvasRenderingContext2D => canvas.getContext('2d', { willReadFrequently: true })!;
  let camera: Camera | undefined;
  let source: ImageData | 'canvas' | undefined;
  /** What `current` gave last; the same object as long as nothing changes. */
  let given: PictureData | undefined;
  let list: readonly Sample[] = [];

  canvas.width = canvas.height = SIDE;
  const set = (next: typeof source): void => {
    source = next;
    given = undefined;
    stage.classList.toggle('empty', source === undefined);
    changed();
  };
  const pen = penOn(
    canvas,
    cursor,
    SIDE / 28,
    () => Number(width.value),
    () => set('canvas'),
  );
  const clear = (): void => {
    stopCamera();
    pen.clear();
    set(undefined);
  };
  const put = (bitmap: ImageBitmap, pixels: ImageData): void => {
    pen.clear();
    drawMiddle(context(), bitmap);
    set(pixels);
  };
  const take = async (file: Blob | undefined): Promise<void> => {
    if (!file || !file.type.startsWith('image/')) return say('That is no picture file.');
    if (file.size > MAX_BYTES) return say('That picture is larger than 64 MB.');
    await load(file);
  };
  const load = async (file: Blob): Promise<void> => {
    try {
      stopCamera();
      const options = {
        colorSpaceConversion: 'none',
        imageOrientation: 'from-image',
        premultiplyAlpha: 'none',
      } as const;
      const bitmap = await createImageBitmap(file, options);
      put(bitmap, pixelsOf(bitmap));
    } catch {
      say('That is no picture that this browser can read.');
    }
  };
  const cameraButton = button('Camera', () => void toggleCamera(), { 'aria-pressed': 'false' });
  const stopCamera = (): void => {
    camera?.stop();
    camera = undefined;
    cameraButton.setAttribute('aria-pressed', 'false');
  };
  const toggleCamera = async (): Promise<void> => {
    if (camera) return stopCamera();
    try {
      camera = await startCamera((bitmap) => put(bitmap, pixelsOf(bitmap)));
      cameraButton.setAttribute('aria-pressed', 'true');
    } catch {
      say('There is no camera, or the browser may not use it.');
    }
  };
  const showSample = async (index: number): Promise<void> => {
    const sample = list[index];
    if (!sample) return;
    stopCamera();
    if (typeof sample.source === 'string') {
      const response = await fetch(sample.source).catch(() => undefined);
      return response?.ok ? load(await response.blob()) : say(`${sample.name} could not be loaded.`);
    }
    put(await createImageBitmap(sample.source), sample.source);
  };

  listen(stage, take, () => !root.hidden && root.offsetParent !== null);
  chooser.addEventListener('change', () => {
    void take(chooser.files?.[0]);
    chooser.value = '';
  });
  invert.addEventListener('change', () => {
    stage.classList.toggle('inverted', invert.checked);
    given = undefined;
    changed();
  });
  root.append(
    stage,
    element(
      'div',
      { class: 'run-tools' },
      button('Picture…', () => chooser.click()),
      chooser,
      cameraButton,
      button('Clear', clear),
      element('label', {}, 'Pen ', width),
      element('label', {}, invert, ' Invert'),
    ),
    samples,
  );

  return {
    fit(height, across, isGrey) {
      root.hidden = false;
      canvas.width = Math.round(SIDE * Math.min(1, across / height));
      canvas.height = Math.round(SIDE * Math.min(1, height / across));
      clear();
      list = isGrey || height * across <= 64 * 64 ? [...drawnDigits(), ...pictures] : pictures;
      samples.replaceChildren(...list.map((sample, index) => sampleButton(sample, () => void showSample(index))));
    },
    current() {
      if (source === undefined || root.hidden) return undefined;
      if (given) return given;
      const pixels = source === 'canvas' ? context().getImageData(0, 0, canvas.width, canvas.height) : source;
      const { width: across, height, data } = pixels;
      const bytes = new Uint8ClampedArray(data);
      if (invert.checked) for (let at = 0; at < bytes.length; at += 1) if (at % 4 !== 3) bytes[at] = 255 - bytes[at]!;
      return (given = { width: across, height, data: bytes });
    },
    showSample: (kind) => void showSample(kind === 'digit' ? 2 : Math.max(0, list.indexOf(pictures[0]!))),
    hide: stopCamera,
  };
}

/** Files that are pasted anywhere, while the picture is in view, or dropped on it. */
function listen(stage: HTMLElement, take: (file: Blob | undefined) => Promise<void>, isSeen: () => boolean): void {
  const pictureIn = (data: DataTransfer): Blob | undefined =>
    [...data.files].find(({ type }) => type.startsWith('image/'));
  document.addEventListener('paste', ({ clipboardData }) => {
    const file = clipboardData && pictureIn(clipboardData);
    if (file && isSeen()) void take(file);
  });
  stage.addEventListener('dragover', (event) => {
    event.preventDefault();
    stage.classList.add('over');
  });
  stage.addEventListener('dragleave', () => stage.classList.remove('over'));
  stage.addEventListener('drop', (event) => {
    event.preventDefault();
    stage.classList.remove('over');
    void take(event.dataTransfer ? pictureIn(event.dataTransfer) : undefined);
  });
}

/** As the network sees it: the middle of a picture that covers the canvas. */
function drawMiddle(context: CanvasRenderingContext2D, bitmap: ImageBitmap): void {
  const { canvas } = context;
  const scale = Math.max(canvas.width / bitmap.width, canvas.height / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  context.imageSmoothingEnabled = scale < 2;
  context.drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

function sampleButton({ name, source }: Sample, show: () => void): HTMLElement {
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

/** One of each digit, of those that no training learns from. */
function drawnDigits(): readonly Sample[] {
  const drawn = digits({ count: 10, split: 'test', seed: 3 });
  return Array.from({ length: 10 }, (_, index): Sample => {
    const grey = drawn.image(index);
    const pixels = new ImageData(drawn.width, drawn.height);
    grey.forEach((value, at) => pixels.data.set([value, value, value, 255], 4 * at));
    return { name: `digit ${index}`, source: pixels };
  });
}

/** Our own drawings of clothes, like those of Fashion-MNIST. */
const pictures: readonly Sample[] = [
  'ankle-boot',
  'bag',
  'dress',
  'pullover',
  'sandal',
  'sneaker',
  't-shirt',
  'trouser',
].map((name) => ({ name: name.replace('-', ' '), source: `pictures/${name}.png` }));
