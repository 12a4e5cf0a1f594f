// Where the pixels of a resized image lie in the image that it is made of, as in PyTorch's interpolate without antialiasing.

/** Take the nearest pixel, or blend two or four along each axis. */
export type ResamplingMode = 'nearest' | 'bilinear' | 'bicubic';

/** One axis of an image and of the resized one. */
export interface ResampledAxis {
  /** Pixels. */
  readonly input: number;
  readonly output: number;
  /** Pixels of the input from one of the output to the next. */
  readonly scale: number;
}

export interface Resampling {
  readonly mode: ResamplingMode;
  /** Whether the centres of the corner pixels, rather than their corners, lie on each other. */
  readonly aligned: boolean;
  readonly rows: ResampledAxis;
  readonly columns: ResampledAxis;
}

/**
 * The scale is 1 / `factor`, or input / output where it is absent; between the first and the last centre if they are aligned. As in
 * PyTorch, the nearest pixel is looked for with a scale in f32, and a bilinear axis that keeps its extent is not moved by a factor that
 * is not quite 1.
 */
export function resampledAxis(
  { mode, aligned }: Pick<Resampling, 'mode' | 'aligned'>,
  input: number,
  output: number,
  factor?: number,
): ResampledAxis {
  const ends = { input, output };
  const scale = factor === undefined ? input / output : 1 / factor;
  if (mode === 'nearest') return { ...ends, scale: Math.fround(scale) };
  if (aligned) return { ...ends, scale: output > 1 ? (input - 1) / (output - 1) : 0 };
  return { ...ends, scale: mode === 'bilinear' && output === input ? 1 : scale };
}
