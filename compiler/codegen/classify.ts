// `classify` of emitted modules: from a picture to the likeliest classes, by the settings of the input and the labels of the output.

import type { Scores } from '../../runtime/abi.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Program, ProgramInput, ProgramOutput } from '../program/program.ts';
import { propertyOf, stringLiteral } from './literals.ts';

export interface Classifier {
  readonly input: ProgramInput;
  readonly output: ProgramOutput;
}

/** Of a network with one picture as its input and the scores of at least two classes as its output. */
export function classifierOf({ inputs, outputs }: Program): Classifier | undefined {
  const [input, output] = [inputs[0], outputs[0]];
  if (!input?.settings || inputs.length > 1 || !output || outputs.length > 1) return undefined;
  const [classes = 1] = output.shape;
  return classes > 1 && sizeOf(output.shape) === classes ? { input, output } : undefined;
}

/** Types that the module exports for it. */
export const classifyTypes = `/** ImageData and its like: rows top to bottom, 1 (gray), 3 (RGB) or 4 (RGBA, alpha ignored) bytes a pixel. */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

export interface ClassifyOptions {
  /** How many classes, at least 1. Default 5. */
  readonly top?: number;
  /** Resizes and crops a picture that the settings leave in another size than the input's. Default false. */
  readonly fit?: boolean;
}

export interface ClassProbability {
  /** The class's number where there are no labels. */
  readonly label: string;
  readonly probability: number;
}
`;

/** Types of the runtime that only TypeScript needs and the module does not export. */
export const classifyInnerTypes = `type Scores = 'raw' | 'softmax' | 'log_softmax';

interface Pixels extends Picture {
  readonly channels: 1 | 3 | 4;
}

type PictureFit = 'stretch' | 'cover' | 'contain';
type ResizeFilter = 'nearest' | 'bilinear' | 'bicubic';

interface PictureSettings {
  readonly scale: number;
  readonly resize?: number | readonly [number, number];
  readonly fit?: PictureFit;
  readonly filter?: ResizeFilter;
  readonly fill?: readonly number[];
  readonly crop?: readonly [number, number];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly colors: 'rgb' | 'bgr' | 'gray';
}
`;

/** Its line in `Net`. */
export const classifySignature = [
  '  /**',
  '   * The likeliest classes of a picture, or of the bytes of one that is as large as the input; the likeliest first.',
  '   * Throws TypeError for what is no picture, RangeError where its size does not fit.',
  '   */',
  '  classify(picture: Picture | Uint8Array | Uint8ClampedArray, options?: ClassifyOptions): ClassProbability[];',
];

/** Its lines in the object that `load` makes; `net` is that object. */
export function classifyMethod({ input, output }: Classifier, scores: Scores): readonly string[] {
  const shape = propertyOf('inputs', input.name);
  const labels = Array.isArray(output.labels) ? propertyOf('labels', output.name) : '[]';
  return [
    '    classify(picture, options) {',
    "      checkNames('classify', options, ['top', 'fit']);",
    '      const { top = 5, fit = false } = options ?? {};',
    `      const x = pictureTensor(pixelsOf(picture, ${shape}), ${propertyOf('settings', input.name)}, ${shape}, fit);`,
    `      return topClasses(net.run(x), ${stringLiteral(scores)}, ${labels}, top);`,
    '    },',
  ];
}
