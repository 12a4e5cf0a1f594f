// The picture that the network sees: drawn, dropped, pasted, chosen, a sample, or the camera's. It does not leave the page.

import { penOn } from '../../../page/browser/pen.ts';
import { pixelsOf } from '../../../page/browser/pixels.ts';
import type { PictureData } from '../../run/protocol.ts';
import { button, element } from '../dom.ts';
import { createCameraButton } from './camera.ts';
import { decodePicture } from './decode.ts';
import { clothes, sampleButton, samplesFor } from './samples.ts';
import type { Sample } from './samples.ts';

/** Pixels of the canvas along its longer side. */
const SIDE = 280;

export interface PictureInput {
  /** For a network that takes pictures of this size. */
  fit(height: number, width: number, isGrey: boolean): void;
  /** What is on the canvas, the same object as long as it does not change; undefined where nothing is. */
  current(): PictureData | undefined;
  /** One that suits what the network was taught: clothes, or a digit. */
  showSample(kind: 'clothes' | 'digit'): void;
  /** It is out of sight: the camera goes off. */
  hide(): void;
}

/** Fills `root`. `changed` is called at every stroke; `say` gets sentences for the user. */
export function createPictureInput(
  root: HTMLElement,
  changed: () => void,
  say: (sentence: string) => void,
): PictureInput {
  const parts = partsOf();
  const { canvas, stage, invert, samples } = parts;
  let source: PictureData | 'canvas' | undefined;
  let given: PictureData | undefined;
  let list: readonly Sample[] = [];

  const set = (next: typeof source): void => {
    source = next;
    given = undefined;
    stage.classList.toggle('empty', source === undefined);
    changed();
  };
  const pen = penOn(
    canvas,
    parts.cursor,
    SIDE / 28,
    () => Number(parts.width.value),
    () => {
      loader.forget();
      set('canvas');
    },
  );
  const put = (picture: ImageBitmap, pixels: PictureData): void => {
    pen.clear();
    drawMiddle(canvas.getContext('2d')!, picture);
    set(pixels);
  };
  const camera = createCameraButton((picture) => put(picture, pixelsOf(picture)), say);
  const clear = (): void => {
    camera.stop();
    loader.forget();
    pen.clear();
    set(undefined);
  };
  const loader = loaderOf(put, camera.stop, say);
  const { take, showSample } = loader;

  listen(stage, take, () => root.offsetParent !== null);
  invert.addEventListener('change', () => {
    stage.classList.toggle('inverted', invert.checked);
    set(source);
  });
  root.append(stage, toolsOf(parts, take, camera.button, clear), samples);

  return {
    fit(height, width, isGrey) {
      canvas.width = Math.round(SIDE * Math.min(1, width / height));
      canvas.height = Math.round(SIDE * Math.min(1, height / width));
      clear();
      list = samplesFor(height, width, isGrey);
      samples.replaceChildren(...list.map((sample) => sampleButton(sample, () => void showSample(sample))));
    },
    current() {
      if (source === undefined || root.hidden) return undefined;
      given ??= pictureData(source === 'canvas' ? pixelsIn(canvas) : source, invert.checked);
      return given;
    },
    showSample(kind) {
      const sample = kind === 'clothes' || list.length < 10 ? clothes[0] : list[2];
      if (sample) void showSample(sample);
    },
    hide: () => camera.stop(),
  };
}

/** Pictures of files and samples go to `put`, the camera off; one that is asked for later overtakes those before it. */
function loaderOf(
  put: (picture: ImageBitmap, pixels: PictureData) => void,
  stopCamera: () => void,
  say: (sentence: string) => void,
) {
  let asked = 0;
  const load = async (read: () => Promise<PictureData>, name: string): Promise<void> => {
    stopCamera();
    asked += 1;
    const mine = asked;
    try {
      const pixels = await read();
      const bitmap = await createImageBitmap(new ImageData(pixels.data, pixels.width, pixels.height));
      if (mine === asked) put(bitmap, pixels);
    } catch (error) {
      if (mine === asked) say(`${name}: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  return {
    /** What is read no longer appears. */
    forget(): void {
      asked += 1;
    },
    async take(file: Blob | undefined): Promise<void> {
      if (!file) return say('That is no file.');
      await load(() => decodePicture(file), file instanceof File ? file.name : 'The picture');
    },
    async showSample({ name, source }: Sample): Promise<void> {
      await load(async () => {
        if (typeof source !== 'string') return source;
        const response = await fetch(source).catch(() => undefined);
        if (!response?.ok) throw new Error('the picture could not be loaded');
        return decodePicture(await response.blob());
      }, name);
    },
  };
}

type Parts = ReturnType<typeof partsOf>;

function partsOf() {
  const canvas = element('canvas', {
    width: `${SIDE}`,
    height: `${SIDE}`,
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
  return {
    canvas,
    cursor,
    stage: element('div', { class: 'run-stage empty' }, canvas, cursor, invitation),
    width: element('input', { type: 'range', min: '4', max: '40', value: '22' }),
    invert: element('input', { type: 'checkbox' }),
    samples: element('div', { class: 'run-samples', role: 'group', 'aria-label': 'Samples' }),
  };
}

function toolsOf(
  { width, invert }: Parts,
  take: (file: Blob | undefined) => Promise<void>,
  camera: HTMLElement,
  clear: () => void,
): HTMLElement {
  const chooser = element('input', { type: 'file', accept: 'image/*', hidden: '', 'aria-label': 'Picture file' });
  chooser.addEventListener('change', () => {
    void take(chooser.files?.[0]);
    chooser.value = '';
  });
  return element(
    'div',
    { class: 'run-tools' },
    button('Picture…', () => chooser.click()),
    chooser,
    camera,
    button('Clear', clear),
    element('label', {}, 'Pen ', width),
    element('label', {}, invert, ' Invert'),
  );
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
    // What is in it tells what it is, not its name.
    void take(event.dataTransfer?.files[0]);
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

function pixelsIn(canvas: HTMLCanvasElement): ImageData {
  return canvas.getContext('2d', { willReadFrequently: true })!.getImageData(0, 0, canvas.width, canvas.height);
}

function pictureData({ width, height, data }: PictureData, isInverted: boolean): PictureData {
  const bytes = new Uint8ClampedArray(data);
  if (isInverted) for (let at = 0; at < bytes.length; at += 1) if (at % 4 !== 3) bytes[at] = 255 - bytes[at]!;
  return { width, height, data: bytes };
}
