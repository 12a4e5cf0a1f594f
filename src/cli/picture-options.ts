// Options that say how pictures become tensors: they replace the file's own input settings one by one, and those a preset's.

import { type Command, Option } from 'commander';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { defaultSettings } from '../data/preprocess.ts';
import { UsageError } from './errors.ts';
import type { Output } from './io.ts';
import { PRESETS, presetFor, presetName } from './picture-presets.ts';
import type { PictureForm, PictureNumbers } from './picture-presets.ts';

export interface PictureOptions {
  readonly preset?: string;
  readonly colors?: 'rgb' | 'bgr';
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly resize?: number | readonly [number, number];
  readonly fit?: InputSettings['fit'];
  readonly filter?: InputSettings['filter'];
  readonly fill?: readonly number[];
  readonly crop?: readonly [number, number];
}

/** Adds `--preset`, `--colors`, `--scale`, `--mean`, `--std`, `--resize`, `--fit`, `--filter`, `--fill`, `--crop`. */
export function withPictureOptions(command: Command): Command {
  return command
    .option('--preset <name>', `pictures: settings of a family of networks: ${PRESETS}`, presetName)
    .option('--scale <factor>', 'pictures: factor for every pixel, such as 1/255', scale)
    .option(
      '--mean <numbers>',
      'pictures: subtracted after scaling, one number or one per channel: 0.485,0.456,0.406',
      numbers,
    )
    .option('--std <numbers>', 'pictures: divisor after the mean is subtracted', numbers)
    .addOption(new Option('--colors <order>', 'pictures: which colour comes first').choices(['rgb', 'bgr']))
    .option('--resize <size>', 'pictures: size of the shorter side, 256, or height x width, 224x320', (text) => {
      const sides = size('--resize', text);
      return text.includes('x') ? sides : sides[0];
    })
    .addOption(
      new Option('--fit <how>', 'pictures with another aspect ratio: distorted, cut, or padded').choices([
        'stretch',
        'cover',
        'contain',
      ]),
    )
    .addOption(new Option('--filter <name>', 'resizing, as Pillow does it').choices(['nearest', 'bilinear', 'bicubic']))
    .option(
      '--fill <bytes>',
      'pictures: colour of the padding of --fit contain, 0 to 255, one number or one per channel',
      bytes,
    )
    .option('--crop <size>', 'pictures: cut out the middle, 224 or 224x320 (height x width)', (text) =>
      size('--crop', text),
    );
}

/**
 * How pictures become an input of `shape`. `settings` are those of the network's input, if it has some: they go before a preset, and
 * the options before both. A preset that is not used is a note on `stderr`. Throws `UsageError`.
 */
export function pictureSettings(
  settings: InputSettings | undefined,
  options: PictureOptions,
  shape: Shape,
  stderr: Pick<Output, 'write'>,
): InputSettings {
  const { scale: factor, mean, std, colors, resize, fit, filter, fill, crop } = options;
  return {
    ...(options.preset === undefined
      ? (settings ?? defaultSettings)
      : withPreset(settings, options.preset, shape, stderr)),
    ...(factor !== undefined && { scale: factor }),
    ...(mean && { mean }),
    ...(std && { std }),
    ...(colors && { colors: shape[0] === 1 ? 'gray' : colors }),
    ...(resize !== undefined && { resize }),
    ...(fit && { fit }),
    ...(filter && { filter }),
    ...(fill && { fill }),
    ...(crop && { crop }),
  };
}

/** The options for a network of a model, which says nothing of pictures: numbers from 0 to 1, of pictures of any size. */
export const modelPictures = <T extends PictureOptions>(options: T): T => ({ preset: '[0,1]', ...options });

/** Whether one of the options says something of pictures. */
export function givesPictures(options: PictureOptions): boolean {
  const { colors, resize, fit, filter, fill, crop } = options;
  return givesNumbers(options) || [colors, resize, fit, filter, fill, crop].some((one) => one !== undefined);
}

/** Whether one of the options says how pixels become numbers. */
export function givesNumbers({ preset, scale: factor, mean, std }: PictureOptions): boolean {
  return [preset, factor, mean, std].some((one) => one !== undefined);
}

/** Numbers and form each come whole from one place: a mean means nothing without its scale. */
function withPreset(
  settings: InputSettings | undefined,
  preset: string,
  shape: Shape,
  stderr: Pick<Output, 'write'>,
): InputSettings {
  const wanted = presetFor(preset, shape);
  const { scale: factor, mean, std, colors, ...form } = settings ?? defaultSettings;
  const numbers: PictureNumbers = { scale: factor, ...(mean && { mean }), ...(std && { std }), colors };
  const hasNumbers = factor !== defaultSettings.scale || mean !== undefined || std !== undefined || colors === 'bgr';
  const hasForm = Object.keys(form).length > 0;
  const kept = [
    ...(hasNumbers && settingsText(numbers) !== settingsText(wanted.numbers) ? [settingsText(numbers)] : []),
    ...(hasForm && settingsText(form) !== settingsText(wanted.form) ? [settingsText(form)] : []),
  ];
  if (kept.length > 0) {
    const flags = Object.keys({ ...(hasNumbers && numbers), ...(hasForm && form) }).map((name) => `--${name}`);
    stderr.write(
      `note: the network says how it takes pictures (${kept.join(', ')}), and that goes before --preset ${preset}; ${flags.join(', ')} change it\n`,
    );
  }
  return { ...(hasNumbers ? numbers : wanted.numbers), ...(hasForm ? form : wanted.form) };
}

/** `scale: 0.0039, mean: 0.5, colors: rgb` */
function settingsText(settings: PictureNumbers | PictureForm): string {
  return Object.entries(settings)
    .map(([name, value]: [string, unknown]) => `${name}: ${numbersText(value)}`)
    .join(', ');
}

function numbersText(value: unknown): string {
  if (Array.isArray(value)) return value.map(numbersText).join(' ');
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
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

const MOST_PIXELS = 999_999;

function size(option: string, text: string): readonly [number, number] {
  const [, height, width] = /^([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (height === undefined)
    throw new UsageError(
      `${option} takes a size such as 224 or 224x320, of 1 to ${MOST_PIXELS} pixels a side; found ${text}`,
    );
  return [Number(height), Number(width ?? height)];
}
