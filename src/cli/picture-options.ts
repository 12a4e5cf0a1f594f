// Options that say how pictures become tensors; they replace the file's own input settings one by one.

import { type Command, Option } from 'commander';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { defaultSettings } from '../data/preprocess.ts';
import { UsageError } from './errors.ts';

export interface PictureOptions {
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly resize?: number | readonly [number, number];
  readonly fit?: InputSettings['fit'];
  readonly filter?: InputSettings['filter'];
  readonly fill?: readonly number[];
  readonly crop?: readonly [number, number];
}

/** Adds `--scale`, `--mean`, `--std`, `--resize`, `--fit`, `--filter`, `--fill`, `--crop`. */
export function withPictureOptions(command: Command): Command {
  return command
    .option('--scale <factor>', 'pictures: every pixel times this, such as 1/255', scale)
    .option(
      '--mean <numbers>',
      'pictures: subtracted after scaling, one or one per channel: 0.485,0.456,0.406',
      numbers,
    )
    .option('--std <numbers>', 'pictures: divided by after the mean is subtracted', numbers)
    .option('--resize <size>', 'pictures: the shorter side, 256, or height x width, 224x320', (text) =>
      text.includes('x') ? size('--resize', text) : whole('--resize', text),
    )
    .addOption(
      new Option('--fit <how>', 'pictures of another form: distorted, cut, or padded').choices([
        'stretch',
        'cover',
        'contain',
      ]),
    )
    .addOption(new Option('--filter <name>', 'resizing, as Pillow does it').choices(['nearest', 'bilinear', 'bicubic']))
    .option('--fill <bytes>', 'pictures: the padding of --fit contain, 0 to 255, one or one per channel', bytes)
    .option('--crop <size>', 'pictures: the middle, 224 or 224x320 (height x width)', (text) => size('--crop', text));
}

/** `settings` are those of the network's input, if it has some. */
export function pictureSettings(settings: InputSettings | undefined, options: PictureOptions): InputSettings {
  const { scale: factor, mean, std, resize, fit, filter, fill, crop } = options;
  return {
    ...(settings ?? defaultSettings),
    ...(factor !== undefined && { scale: factor }),
    ...(mean && { mean }),
    ...(std && { std }),
    ...(resize !== undefined && { resize }),
    ...(fit && { fit }),
    ...(filter && { filter }),
    ...(fill && { fill }),
    ...(crop && { crop }),
  };
}

/** A whole number from 1. */
export function whole(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${option} takes a whole number from 1; found ${text}`);
  return Number(text);
}

function scale(text: string): number {
  const [, above, below] = /^([\d.eE+-]+)(?:\/([\d.eE+-]+))?$/.exec(text) ?? [];
  const value = Number(above) / Number(below ?? 1);
  if (above === undefined || !Number.isFinite(value))
    throw new UsageError(`--scale takes a number or a ratio such as 1/255; found ${text}`);
  return value;
}

function numbers(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!values.every(Number.isFinite)) throw new UsageError(`numbers separated by commas were expected; found ${text}`);
  return values;
}

function bytes(text: string): readonly number[] {
  const values = numbers(text);
  if (values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)) return values;
  throw new UsageError(`--fill takes whole numbers from 0 to 255; found ${text}`);
}

function size(option: string, text: string): readonly [number, number] {
  const [, height, width] = /^([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (height === undefined) throw new UsageError(`${option} takes a size such as 224 or 224x320; found ${text}`);
  return [Number(height), Number(width ?? height)];
}
