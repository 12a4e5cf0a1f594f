// The script of a network's page: a picture is dropped, pasted, chosen or drawn, and its classes appear. It runs in the reader's
// browser, behind the network's module, and asks no server.

import type { ClassProbability } from '../../../runtime/abi.ts';
import type { PageSettings } from '../settings.ts';
import { penOn } from './pen.ts';
import { pixelsOf } from './pixels.ts';

interface Classifier {
  classify(picture: ImageData, options: { readonly top: number; readonly fit: boolean }): readonly ClassProbability[];
}

/** Throws Error where the file is not there. */
export async function fetchWeights(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

export async function startPage(load: () => Promise<Classifier>, page: PageSettings): Promise<void> {
  const canvas = byId<HTMLCanvasElement>('picture');
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const invert = byId<HTMLInputElement>('invert');
  const chooser = byId<HTMLInputElement>('file');
  const width = byId<HTMLInputElement>('width');
  let source: ImageData | 'canvas' | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  say('The network is being loaded…');
  const net = await load().catch((error: unknown) => {
    say(`The network cannot be loaded: ${(error as Error).message}`);
    throw error;
  });
  say('');

  /** Soon, so that the page shows first what it is about to do. */
  const look = (): void => {
    document.body.classList.toggle('empty', source === undefined);
    timer ??= setTimeout(() => {
      timer = undefined;
      if (source === undefined) return;
      const pixels = source === 'canvas' ? context.getImageData(0, 0, canvas.width, canvas.height) : source;
      const start = performance.now();
      try {
        const classes = net.classify(invert.checked ? inverted(pixels) : pixels, { top: page.top, fit: true });
        const milliseconds = performance.now() - start;
        showClasses(page.named ? classes : numbered(classes), milliseconds);
      } catch (error) {
        say((error as Error).message);
      }
    }, 20);
  };

  const pen = page.draws
    ? penOn(
        canvas,
        byId('cursor'),
        canvas.width / page.width,
        () => (Number(width.value) * canvas.width) / page.width,
        () => {
          source = 'canvas';
          look();
        },
      )
    : undefined;

  const clear = (): void => {
    source = undefined;
    if (pen) pen.clear();
    else context.clearRect(0, 0, canvas.width, canvas.height);
    byId('classes').replaceChildren();
    say('');
    look();
  };

  const take = async (file: Blob | undefined): Promise<void> => {
    if (!file) return say('That is no picture file.');
    try {
      // The bytes of the file as they are, without colour management, turned upright as its EXIF orientation says.
      const bitmap = await createImageBitmap(file, {
        colorSpaceConversion: 'none',
        imageOrientation: 'from-image',
        premultiplyAlpha: 'none',
      });
      clear();
      showPicture(context, bitmap, page);
      source = pixelsOf(bitmap);
      say('Looking…');
      look();
    } catch {
      say('That is no picture that this browser can read.');
    }
  };

  byId('choose').addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    void take(chooser.files?.[0]);
    chooser.value = '';
  });
  byId('clear').addEventListener('click', clear);
  invert.addEventListener('change', () => {
    canvas.classList.toggle('inverted', invert.checked);
    look();
  });
  document.addEventListener('paste', ({ clipboardData }) => {
    if (clipboardData) void take(pictureIn(clipboardData));
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('over');
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) document.body.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    document.body.classList.remove('over');
    void take(event.dataTransfer ? pictureIn(event.dataTransfer) : undefined);
  });
  byId<HTMLFieldSetElement>('tools').disabled = false;
  clear();
}

/** What the network sees of it: the middle. */
function showPicture(context: CanvasRenderingContext2D, bitmap: ImageBitmap, page: PageSettings): void {
  const { canvas } = context;
  const [xScale, yScale] = shownScale(bitmap, page).map((scale) => scale * (canvas.width / page.width)) as [
    number,
    number,
  ];
  const [width, height] = [bitmap.width * xScale, bitmap.height * yScale];
  context.imageSmoothingEnabled = Math.max(xScale, yScale) < 2;
  context.drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

/** How much wider and higher the network's resizing makes a picture. */
function shownScale(bitmap: ImageBitmap, page: PageSettings): readonly [number, number] {
  const { resize, fit = resize === undefined ? 'cover' : 'stretch' } = page;
  if (typeof resize === 'number') {
    const scale = resize / Math.min(bitmap.width, bitmap.height);
    return [scale, scale];
  }
  const [height, width] = resize ?? [page.height, page.width];
  const [x, y] = [width / bitmap.width, height / bitmap.height];
  if (fit === 'stretch') return [x, y];
  const scale = fit === 'cover' ? Math.max(x, y) : Math.min(x, y);
  return [scale, scale];
}

function inverted({ data, width, height }: ImageData): ImageData {
  return new ImageData(
    data.map((value, at) => (at % 4 === 3 ? value : 255 - value)),
    width,
    height,
  );
}

function pictureIn({ files }: DataTransfer): File | undefined {
  return [...files].find(({ type }) => type.startsWith('image/'));
}

function numbered(classes: readonly ClassProbability[]): readonly ClassProbability[] {
  return classes.map(({ label, probability }) => ({ label: `class ${label}`, probability }));
}

function showClasses(classes: readonly ClassProbability[], milliseconds: number): void {
  const rows = classes.map(({ label, probability }) => {
    const percent = percentText(probability);
    const bar = element('span', 'bar');
    bar.style.inlineSize = `${100 * (probability || 0)}%`;
    const row = element('li');
    row.append(element('span', 'label', label), element('span', 'percent', percent), bar);
    return row;
  });
  byId('classes').replaceChildren(...rows);
  const [best] = classes;
  const time = milliseconds < 10 ? milliseconds.toFixed(1) : String(Math.round(milliseconds));
  say(best ? `${best.label}, ${percentText(best.probability)} – computed here in ${time} ms` : '');
}

function percentText(probability: number): string {
  return Number.isNaN(probability) ? 'not a number' : `${(100 * probability).toFixed(1)} %`;
}

function say(text: string): void {
  byId('status').textContent = text;
}

function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
