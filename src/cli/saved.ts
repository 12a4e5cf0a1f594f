// What `run --save` writes: a folder of arrays and of feature maps, arrays by one name, or pictures by one name.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import { formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { InputError, printable } from '../data/input-error.ts';
import { writeNpy } from '../data/npy.ts';
import { MAX_DRAWN_CLASSES, drawClasses, drawNumbers, pixelRange } from '../data/output-picture.ts';
import type { PixelNumbers } from '../data/output-picture.ts';
import { featureGrid, png } from '../report/feature-maps.ts';
import { bestOf } from '../train/map-score.ts';
import { checkedNumbers, isPictureShape } from '../data/preprocess.ts';
import { grouped } from '../text/format.ts';
import { UsageError } from './errors.ts';
import { isStdout } from './guard.ts';
import type { Io, WrittenFile } from './io.ts';
import { fileName, withoutSlashes } from './paths.ts';
import { givesNumbers, pictureSettings } from './picture-options.ts';
import type { PictureOptions } from './picture-options.ts';
import type { ReadImages } from './read-inputs.ts';
import type { Runnable, RunnableOutput } from './runnable.ts';
import { tapPictures } from './seen.ts';

export interface Saved {
  readonly files: readonly WrittenFile[];
  /** Names of the outputs and taps that are in files. */
  readonly outputs: ReadonlySet<string>;
}

/**
 * By the ending of a path; a folder where it has none that is known. Throws `UsageError` for pictures of another format than PNG, and for
 * what is no path.
 */
export function saveKind(path: string): 'png' | 'npy' | 'folder' {
  if (path === '' || isStdout(path))
    throw new UsageError(
      `--save writes files; found ${path === '' ? 'an empty path' : path}; give FILE.png, FILE.npy, or a folder, such as --save out`,
    );
  const [, stem, ending] =
    /^(.*[^/])\.(png|npy|jpe?g|gif|bmp|webp|tiff?|svg|avif|p[gp]m|npz|json|csv|txt|safetensors)$/i.exec(path) ?? [];
  switch (ending?.toLowerCase()) {
    case undefined:
      return 'folder';
    case 'png':
    case 'npy':
      return ending!.toLowerCase() as 'png' | 'npy';
    case 'npz':
    case 'json':
    case 'csv':
    case 'txt':
    case 'safetensors':
      throw new UsageError(`--save writes numbers as .npy; found ${printable(path)}; name it ${printable(stem!)}.npy`);
    default:
      throw new UsageError(`--save writes pictures as PNG; found ${printable(path)}; name it ${printable(stem!)}.png`);
  }
}

/** Throws `InputError` where the files of `path` would be pictures, and no output can be one. */
export function checkSaved(path: string, { name, outputs }: Runnable): void {
  const own = outputs.filter(({ isTap }) => !isTap);
  if (saveKind(path) !== 'png' || outputs.some((output) => isDrawn(output))) return;
  const found = own.map((output) => `${printable(output.name)} ${formatShape(output.shape)}`).join(', ');
  throw new InputError(
    `--save ${printable(path)}: no output of ${printable(name)} is a picture; found ${found}; a picture is [1, height, width] or ` +
      `[3, height, width], or has scores of up to ${MAX_DRAWN_CLASSES} classes at each pixel, [classes, height, width]; ` +
      '--save FOLDER or FILE.npy writes any numbers',
  );
}

/** All files, with notes on what pictures cannot show. */
export function savedFiles(
  path: string,
  runnable: Runnable,
  results: ReadonlyMap<string, Float32Array>,
  images: ReadImages,
  options: PictureOptions,
  io: Io,
): Saved {
  const kind = saveKind(path);
  const { outputs } = runnable;
  const { count } = images;
  const all = new Set(outputs.map(({ name }) => name));
  const arrayOf = ({ name, shape }: RunnableOutput): Uint8Array =>
    writeNpy({ shape: count === 1 ? shape : [count, ...shape], data: results.get(name)! });
  if (kind === 'folder') {
    const arrays = outputs.map((output) => ({ path: `${fileName(output.name)}.npy`, data: arrayOf(output) }));
    const files = [...arrays, ...tapPictures(runnable, results, count)];
    return { files: files.map((file) => ({ ...file, path: `${withoutSlashes(path)}/${file.path}` })), outputs: all };
  }
  const stem = path.slice(0, -4);
  const ending = path.slice(-4);
  const drawn = kind === 'npy' ? outputs : outputs.filter((output) => isDrawn(output));
  const isAlone = drawn.filter(({ isTap }) => !isTap).length === 1;
  const stemOf = ({ name, isTap }: RunnableOutput): string => (isAlone && !isTap ? stem : `${stem}-${fileName(name)}`);
  if (kind === 'npy')
    return {
      files: drawn.map((output) => ({ path: `${stemOf(output)}${ending}`, data: arrayOf(output) })),
      outputs: all,
    };
  const files = drawn.flatMap((output) => {
    const draw = drawer(output, images, options, io);
    const size = sizeOf(output.shape);
    return Array.from({ length: count }, (_, image) => {
      const file = `${stemOf(output)}${count === 1 ? '' : `-${image + 1}`}${ending}`;
      return { path: file, data: draw(results.get(output.name)!.subarray(image * size, (image + 1) * size), file) };
    });
  });
  return { files, outputs: new Set(drawn.map(({ name }) => name)) };
}

/** Feature maps of taps, numbers of one or three colours, and scores of classes at each pixel. */
function isDrawn({ shape, isTap, answers = 'classes' }: RunnableOutput): boolean {
  if (isTap) return shape.length === 3;
  const [channels = 0] = shape;
  if (shape.length !== 3 || sizeOf(shape) === channels) return false;
  return isPictureShape(shape) || (answers === 'classes' && channels <= MAX_DRAWN_CLASSES);
}

/** Scores of classes that nothing says to be such may be three colours. */
const isPicture = (shape: Shape, answers: RunnableOutput['answers']): boolean =>
  isPictureShape(shape) && (shape[0] === 1 || answers !== 'classes');

type Draw = (values: Float32Array, path: string) => Uint8Array;

function drawer(output: RunnableOutput, images: ReadImages, options: PictureOptions, { stderr }: Io): Draw {
  const { shape, isTap, answers } = output;
  if (isTap) return (values) => png(featureGrid(values, shape)!);
  const [channels, height, width] = shape as readonly [number, number, number];
  const pixels = height * width;
  const note = (path: string, what: string): void => stderr.write(`note: ${printable(path)}: ${what}\n`);
  if (!isPicture(shape, answers))
    return (values, path) => {
      const mask = new Uint8Array(pixels);
      let nan = 0;
      for (let at = 0; at < pixels; at += 1) {
        const best = bestOf(values, at, pixels, channels);
        if (best < 0) nan += 1;
        else mask[at] = best;
      }
      if (nan > 0) note(path, `${counted(nan, pixels, 'pixels')} have scores that are NaN, and are drawn as class 0`);
      return drawClasses(mask, width, height, channels);
    };
  const { numbers, why } = pixelsOf(output, images, options, stderr);
  return (given, path) => {
    const values = answers === 'logit bits' ? given.map((logit) => 1 / (1 + Math.exp(-logit))) : given;
    const drawn = drawNumbers(values, shape, numbers);
    if (drawn.clipped > 0)
      note(
        path,
        `${counted(drawn.clipped, values.length, 'numbers')} are darker than black or brighter than white, and clipped; ${why}`,
      );
    if (drawn.nan > 0) note(path, `${counted(drawn.nan, values.length, 'numbers')} are NaN, and drawn black`);
    return drawn.png;
  };
}

const counted = (part: number, all: number, what: string): string => `${grouped(part)} of ${grouped(all)} ${what}`;

/**
 * Which numbers are black and white. What its last steps hold them to goes first, then the input whose picture has as many channels, then
 * the options, which speak of the output where no input is a picture.
 */
function pixelsOf(
  { shape, bounds, answers }: RunnableOutput,
  { pictures }: ReadImages,
  options: PictureOptions,
  stderr: Io['stderr'],
): { readonly numbers: PixelNumbers; readonly why: string } {
  const input = pictures.find(({ shape: own }) => own[0] === shape[0]);
  const given = options.colors === undefined ? {} : { colors: options.colors };
  const { colors } = input?.settings ?? pictureSettings(undefined, given, shape, stderr);
  const between = (black: number, white: number, why: string) => ({
    numbers: pixelRange(black, white, colors),
    why: `${black} is black and ${white} is white${why}`,
  });
  if (answers === 'logit bits') return between(0, 1, '');
  if (bounds) return between(...bounds, ', as the last steps of the network bound them');
  if (input)
    return {
      numbers: invertible(input.settings, input.shape, 'input'),
      why: `numbers become pixels as those of the input ${printable(input.name)} came from pixels`,
    };
  if (pictures.length === 0 && givesNumbers(options))
    return {
      numbers: invertible(pictureSettings(undefined, options, shape, stderr), shape, 'output'),
      why: 'the options say what is black and white',
    };
  return between(0, 1, pictures.length === 0 ? '; --preset "[-1,1]" takes other numbers for these' : '');
}

/** Throws `InputError` for settings of pictures that cannot be computed the other way round. */
function invertible(settings: InputSettings, shape: Shape, side: 'input' | 'output'): InputSettings {
  if (settings.scale === 0)
    throw new InputError(
      'scale is 0, so all pixels become the same numbers, and no numbers pixels; give another --scale, such as 1/255',
    );
  return checkedNumbers(settings, shape, side);
}
