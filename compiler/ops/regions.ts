// Pooling of regions: rectangles of a map, each of which becomes the same number of bins (Girshick, 2015, "Fast R-CNN"). A region is two
// corners x1, y1, x2, y2 in pixels of the picture, and `scale` the size of the map by that of the picture.
//
// A value that flows has three axes at most besides that of the batch, so that what torchvision calls [regions, C, h, w] is tokens
// [regions, C·h·w] here, in the same order: a token is a region, and dense layers and softmax work on each by itself.

import type { ForeignArgument, ForeignLayer } from '../ir/foreign.ts';
import type { Attributes, ValueId } from '../ir/graph.ts';
import type { Lowering } from '../ir/lowering.ts';
import type { AttributeSpec, Operator, Report, Tensor } from '../ir/operator.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { resultSize, sizeAt } from './attributes.ts';
import { isImage, isTokens, notAnImage, sentences, withinLimit } from './limits.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocate, batchOf } from './tensors.ts';
import { unbroadcast } from './unbroadcast.ts';
import { everything } from './window.ts';

/** A pixel of a bin, by its index in a channel, and how much it counts. */
export interface RegionTap {
  readonly pixel: number;
  readonly weight: number;
}

/** The corners x1, y1, x2, y2 of a region. */
export type Region = readonly [number, number, number, number];

export interface RegionPooling extends Pick<Operator, 'name'>, Required<Pick<Operator, 'elsewhere'>> {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly reduces: Extract<Lowering, { kind: 'region-pool' }>['reduces'];
  /** The pixels of each bin of a region of a map [height, width], row by row. */
  readonly taps: (region: Region, attributes: Attributes, map: Shape) => readonly (readonly RegionTap[])[];
  /** What becomes of the pixels of a bin. */
  readonly fold: (taps: readonly RegionTap[], pixels: readonly number[]) => number;
  /** How much of its gradient each of the pixels gets. */
  readonly shares: (taps: readonly RegionTap[], pixels: readonly number[]) => readonly number[];
}

/** x [C,H,W] · regions [R,4] → [R, C·h·w]. */
export function defineRegionPooling(pooling: RegionPooling): Operator {
  const { name, elsewhere } = pooling;
  const attributes: Operator['attributes'] = {
    size: resultSize,
    scale: { type: 'float', default: 1, minimum: 1e-6 },
    ...pooling.attributes,
  };
  const shared = { arity: { min: 2, max: 2 }, attributes, window: everything } as const;
  // Regions are an image of one row [4,1,R] there, and the result is [C·h·w,1,R].
  const onRow: Operator = {
    ...shared,
    name: `${name}_on_row`,
    internal: true,
    constraints: {},
    infer: ([x, regions], values) => [pooledType(x!, regions!, values, regions!.shape[2]!, false)],
    reference: (operands, values, inputs) => [pooled(pooling, operands, values, inputs, false)],
    lowering: { kind: 'region-pool', reduces: pooling.reduces },
    gradient: (site) => [gradientOf(site, site.operands, site.upstream[0]!, site.attributes), undefined],
  };
  const gradient: Operator = {
    ...shared,
    arity: { min: 3, max: 3 },
    name: `${name}_gradient`,
    internal: true,
    constraints: {},
    infer: ([dy, x]) => [{ ...x!, batched: dy!.batched }],
    reference: (operands, values, inputs) => [spread(pooling, operands, values, inputs)],
    lowering: { kind: 'region-pool-gradient', reduces: pooling.reduces },
  };
  /** ∂loss/∂x; regions get none, as in torchvision. */
  const gradientOf: (
    site: Parameters<NonNullable<Operator['gradient']>>[0],
    operands: readonly ValueId[],
    dy: ValueId,
    values: Attributes,
  ) => ValueId | undefined = (site, [x, regions], dy, values) =>
    site.needs(0)
      ? unbroadcast(site, site.apply(gradient.name, [dy, x!, regions!], values), site.typeOf(x!))
      : undefined;
  return {
    ...shared,
    name,
    elsewhere,
    constraints: {
      C1: sentences.image(name),
      C2: `the regions of \`${name}\` must be tokens [regions, 4]: x1, y1, x2, y2`,
      C3: sentences.result(name),
    },
    infer([x, regions], values, report) {
      const { shape } = regions!;
      if (!isImage(x!.shape)) {
        const remedy = `let the image flow, and the regions be the argument: image -> ${name}(regions, …)`;
        return report('C1', { ...notAnImage(x!.shape), operand: 0, ...(isImage(shape) && { remedy }) });
      }
      if (!isTokens(shape) || shape[1] !== 4) return report('C2', notRegions(shape));
      const ofLimit: Report = (rule, found) => report(rule, { ...found, remedy: 'fewer regions, bins or channels' });
      return withinLimit([pooledType(x!, regions!, values, shape[0]!, true)], ofLimit, 'C3');
    },
    reference: (operands, values, inputs) => [pooled(pooling, operands, values, inputs, true)],
    describe: (values) => `${name} ${sizeAt(values, 'size').join('×')}`,
    explain: (values, [x]) => {
      const factors = [x!.shape[0]!, ...sizeAt(values, 'size')];
      return `${factors.join('·')} = ${sizeOf(factors)} numbers of each region`;
    },
    onImages: ({ apply, attributes: values, operands }) => [apply(onRow.name, operands, values)],
    companions: [onRow, gradient],
    gradient(site) {
      const asRow = (value: ValueId): ValueId =>
        site.apply('to_image', [value], { size: [1, site.typeOf(value).shape[0]!] });
      const [x, regions] = site.operands as readonly [ValueId, ValueId];
      const dy = site.upstream[0]!;
      return [site.needs(0) ? gradientOf(site, [x, asRow(regions)], asRow(dy), site.attributes) : undefined, undefined];
    },
  };
}

/** What becomes of the arguments of a layer of another framework, whose regions name their images. */
export const argumentsOfRegions = (
  name: string,
  theirs: Readonly<Record<string, ForeignArgument>>,
): Omit<ForeignLayer, 'operator'> => ({
  arguments: theirs,
  differs: `the features flow, and each image has regions [regions, 4] of its own: ${name}(regions, size: 7)`,
});

/** Examples of their rules. */
export const regionPoolingExamples: RuleExamples = (name) => {
  const regions = (shape: string, call: string, image = '[4, 8, 8]'): string =>
    network(image, `input regions: ${shape}`, call);
  return {
    C1: {
      explanation:
        'Regions are rectangles of a map of height and width; after flatten there is only a list of features.',
      bad: regions('[2, 4]', `x -> flatten -> ${name}(regions, size: 2)`),
      good: regions('[2, 4]', `x -> ${name}(regions, size: 2)`),
    },
    C2: {
      explanation:
        'A region is the corner at its upper left and the one at its lower right, in pixels of the picture. Each image of a batch has regions of its own, so that none names its image.',
      bad: regions('[2, 5]', `x -> ${name}(regions, size: 2)`),
      good: regions('[2, 4]', `x -> ${name}(regions, size: 2)`),
    },
    C3: {
      explanation: 'Results are addressed with 32-bit numbers. It is reported as limit/elements.',
      bad: regions('[65536, 4]', `x -> ${name}(regions, size: 128)`),
      good: regions('[64, 4]', `x -> ${name}(regions, size: 128)`),
      reportedAs: 'limit/elements',
    },
  };
};

const notRegions = (shape: Shape) => ({
  found: formatShape(shape),
  expected: '[regions, 4]',
  operand: 1,
  remedy:
    isTokens(shape) && shape[1] === 5
      ? 'leave out the first number, that of the image: each image has regions of its own'
      : 'a row of four numbers for each region, such as `input regions: [16, 4]`',
});

function pooledType(
  x: TensorType,
  regions: TensorType,
  attributes: Attributes,
  count: number,
  areTokens: boolean,
): TensorType {
  const features = x.shape[0]! * sizeOf(sizeAt(attributes, 'size'));
  const shape = areTokens ? [count, features] : [features, 1, count];
  return { ...x, shape, batched: x.batched || regions.batched };
}

/** Calls `visit` with every bin of every region of every image: its number in the image's results, and its pixels. */
function eachBin(
  { taps }: RegionPooling,
  [x, regions]: readonly [Tensor, Tensor],
  attributes: Attributes,
  [map, boxes]: readonly [TensorType, TensorType],
  areTokens: boolean,
  visit: (image: number, region: number, bin: number, taps: readonly RegionTap[]) => void,
): void {
  const count = sizeOf(boxes.shape) / 4;
  const [row, column] = areTokens ? [4, 1] : [1, count];
  const images = Math.max(batchOf(x, map), batchOf(regions, boxes));
  for (let n = 0; n < images; n += 1) {
    for (let r = 0; r < count; r += 1) {
      const first = (boxes.batched ? n * 4 * count : 0) + r * row;
      const region = [0, 1, 2, 3].map((at) => regions.data[first + at * column]!) as unknown as Region;
      for (const [bin, own] of taps(region, attributes, map.shape.slice(1)).entries()) visit(n, r, bin, own);
    }
  }
}

/** x [N,C,H,W] · regions [N,R,4] (or [N,4,1,R]) → y [N,R,C·h·w] (or [N,C·h·w,1,R]) */
function pooled(
  pooling: RegionPooling,
  operands: readonly Tensor[],
  attributes: Attributes,
  inputs: readonly TensorType[],
  areTokens: boolean,
): Tensor {
  const [x, regions] = operands as readonly [Tensor, Tensor];
  const [map, boxes] = inputs as readonly [TensorType, TensorType];
  const count = sizeOf(boxes.shape) / 4;
  const type = pooledType(map, boxes, attributes, count, areTokens);
  const y = allocate(type.shape, Math.max(batchOf(x, map), batchOf(regions, boxes)), type.batched);
  const [channels, bins] = [map.shape[0]!, sizeOf(sizeAt(attributes, 'size'))];
  const plane = sizeOf(map.shape) / channels;
  eachBin(pooling, [x, regions], attributes, [map, boxes], areTokens, (n, r, bin, taps) => {
    for (let c = 0; c < channels; c += 1) {
      const from = ((map.batched ? n * channels : 0) + c) * plane;
      const feature = c * bins + bin;
      const at = areTokens ? r * channels * bins + feature : feature * count + r;
      const pixels = taps.map(({ pixel }) => x.data[from + pixel]!);
      y.data[n * channels * bins * count + at] = pooling.fold(taps, pixels);
    }
  });
  return y;
}

/** dy [N,C·h·w,1,R] · x [N,C,H,W] · regions [N,4,1,R] → dx [N,C,H,W] */
function spread(
  pooling: RegionPooling,
  operands: readonly Tensor[],
  attributes: Attributes,
  inputs: readonly TensorType[],
): Tensor {
  const [dy, x, regions] = operands as readonly [Tensor, Tensor, Tensor];
  const [upstream, map, boxes] = inputs as readonly [TensorType, TensorType, TensorType];
  const dx = allocate(map.shape, batchOf(dy, upstream), upstream.batched);
  const [channels, bins, count] = [map.shape[0]!, sizeOf(sizeAt(attributes, 'size')), sizeOf(boxes.shape) / 4];
  const plane = sizeOf(map.shape) / channels;
  eachBin(pooling, [x, regions], attributes, [map, boxes], false, (n, r, bin, taps) => {
    for (let c = 0; c < channels; c += 1) {
      const from = ((map.batched ? n * channels : 0) + c) * plane;
      const given = dy.data[(n * channels * bins + c * bins + bin) * count + r]!;
      const pixels = taps.map(({ pixel }) => x.data[from + pixel]!);
      for (const [tap, share] of pooling.shares(taps, pixels).entries())
        dx.data[(n * channels + c) * plane + taps[tap]!.pixel]! += share * given;
    }
  });
  return dx;
}
