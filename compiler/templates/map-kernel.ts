// What kernels on maps have in common: their memories and parameters, and the loop over the images of a batch.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, mul } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { ApplyEpilogue, Epilogue } from './epilogue.ts';
import { declareEpilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import type { Target } from './target.ts';
import { buildOptions, imageLoop } from './target.ts';

/** Where one image begins: indices of its first elements in the arena. */
export interface Image {
  readonly n: Expression;
  readonly source: Expression;
  readonly result: Expression;
}

export interface MapKernel {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly arena: Memory;
  /** Index of the first image's first element, of the input and of the output. */
  readonly x: Expression;
  readonly y: Expression;
  /** How many there are. */
  readonly images: Expression;
  eachImage(body: (image: Image) => void): void;
}

/** From a map in the arena to another. */
export interface Maps {
  readonly input: Slice;
  readonly output: Slice;
}

/** A kernel without weights, on maps of f32 or of codes, which it only moves. Parameters: input base, output base, images. */
export function mapKernel(
  name: string,
  summary: string,
  maps: Maps,
  target: Target,
  body: (kernel: MapKernel) => void,
): Kernel {
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = maps.input.codes ? k.memory('codes', 'u8') : k.memory('arena', 'f32');
    const x = k.parameter('x');
    const y = k.parameter('y');
    const images = k.parameter('images');
    const eachImage: MapKernel['eachImage'] = (visit) =>
      k.for('n', 0, images, (n) => visit({ n, ...imageAt(n, { x, y, maps }) }), imageLoop(target));
    body({ k, v, arena, x, y, images, eachImage });
  };
  return buildKernel(name, summary, write, buildOptions(target));
}

/** Is called with the indices of the first channel of source and result, and the number of the pixel. */
type PixelBody = (from: Expression, to: Expression, pixel: Expression) => void;

/** Calls `body` in a parallel loop over the pixels of all images. */
export function eachPixel({ k, eachImage }: MapKernel, maps: Maps, body: PixelBody): void {
  eachImage((image) => eachPixelOf(k, image, maps, body));
}

/** Calls `body` in a parallel loop over the pixels of an image. */
export function eachPixelOf(
  k: BlockBuilder,
  { source, result }: Image,
  { input, output }: Maps,
  body: PixelBody,
): void {
  k.for(
    'p',
    0,
    input.height * input.width,
    (pixel) => {
      const from = k.let('from', add(source, mul(pixel, input.pixelStride)));
      const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
      body(from, to, pixel);
    },
    { parallel: true },
  );
}

/** One image of a kernel of several operands: where it begins in each of them and in the result. */
export interface ImageOfOperands extends Pick<MapKernel, 'k' | 'v' | 'arena'> {
  readonly operands: readonly Expression[];
  readonly result: Expression;
}

/** A kernel of several operands whose images threads share. Parameters: a base for every operand, the result's base, images. */
export function eachImageKernel(
  name: string,
  summary: string,
  { operands, output }: { readonly operands: readonly Slice[]; readonly output: Slice },
  target: Target,
  body: (image: ImageOfOperands) => void,
): Kernel {
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const bases = operands.map(() => k.parameter('x'));
    const y = k.parameter('y');
    const at = (n: Expression, base: Expression, { imageStride }: Slice, hint: string): Expression =>
      k.let(hint, add(base, mul(n, imageStride)));
    const image = (n: Expression): void =>
      body({
        k,
        v,
        arena,
        operands: operands.map((operand, i) => at(n, bases[i]!, operand, 'xn')),
        result: at(n, y, output, 'yn'),
      });
    k.for('n', 0, k.parameter('images'), image, { parallel: true });
  };
  return buildKernel(name, summary, write, { ...buildOptions(target), outermostOnly: true });
}

/** What a kernel with weights or epilogues reads besides its map. */
export interface Layer<Packed extends readonly string[], Epilogues extends readonly Epilogue[]> extends Maps {
  /** A hint for the name of each packed tensor's base. */
  readonly packed: Packed;
  readonly bias: boolean;
  readonly epilogues: Epilogues;
}

export interface LayerKernel<
  Packed extends readonly string[],
  Epilogues extends readonly Epilogue[],
> extends MapKernel {
  readonly weights: Memory;
  /** Index of each packed tensor. */
  readonly packed: { readonly [At in keyof Packed]: Expression };
  readonly bias: Expression | undefined;
  readonly epilogues: { readonly [At in keyof Epilogues]: ApplyEpilogue };
}

/** A kernel with weights. Parameters: input base, packed tensors, [bias], output base, the epilogues', images. */
export function layerKernel<const Packed extends readonly string[], const Epilogues extends readonly Epilogue[]>(
  name: string,
  summary: string,
  layer: Layer<Packed, Epilogues>,
  target: Target,
  body: (kernel: LayerKernel<Packed, Epilogues>) => void,
): Kernel {
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const x = k.parameter('x');
    const packed = layer.packed.map((hint) => k.parameter(hint)) as LayerKernel<Packed, Epilogues>['packed'];
    const bias = layer.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogues = layer.epilogues.map((epilogue) => declareEpilogue(k, v, epilogue, arena, weights)) as LayerKernel<
      Packed,
      Epilogues
    >['epilogues'];
    const images = k.parameter('images');
    const eachImage: MapKernel['eachImage'] = (visit) =>
      k.for(
        'n',
        0,
        images,
        (n) => {
          const { source, result } = imageAt(n, { x, y, maps: layer });
          visit({ n, source: k.let('xn', source), result: k.let('yn', result) });
        },
        imageLoop(target),
      );
    body({ k, v, arena, weights, x, packed, bias, y, epilogues, images, eachImage });
  };
  return buildKernel(name, summary, write, buildOptions(target));
}

interface Bases {
  readonly x: Expression;
  readonly y: Expression;
  readonly maps: Maps;
}

const imageAt = (n: Expression, { x, y, maps }: Bases): Omit<Image, 'n'> => ({
  source: add(x, mul(n, maps.input.imageStride)),
  result: add(y, mul(n, maps.output.imageStride)),
});
