// The steps of `augment` that plain PyTorch does; the others are named as left out.

import type { Choice } from '../../../../compiler/frontend/sections/train.ts';
import { paddingOf, sizeAt } from '../../../../compiler/ops/attributes.ts';
import { pythonText } from '../python.ts';

interface AugmentOptions {
  /** Whether the classes of pixels move with the pictures. */
  readonly isMap: boolean;
  /** The class of pixels that do not count. */
  readonly ignored: number | undefined;
}

/** The statements that change a batch of images `x`, and its `maps` with them, or undefined where there are none. */
export function augmentText(steps: readonly Choice[], options: AugmentOptions): string | undefined {
  const { isMap, ignored = 0 } = options;
  const lines = steps.flatMap((step) => linesOf(step, options) ?? []);
  if (lines.length === 0) return undefined;
  return [
    `def augment(x${isMap ? ', maps' : ''}):`,
    `    """Changes every image of a batch [N, C, H, W] by chance${isMap ? `, and the classes of its pixels [N, H, W] with it; what comes in is ${ignored}` : ''}."""`,
    ...lines,
    `    return x${isMap ? ', maps' : ''}`,
  ].join('\n');
}

/** Whether train.py does this step. */
export const isAugmented = (step: Choice): boolean => linesOf(step, { isMap: false, ignored: undefined }) !== undefined;

function linesOf(
  { name, arguments: given }: Choice,
  { isMap, ignored }: AugmentOptions,
): readonly string[] | undefined {
  if (name === 'random_flip') {
    const chance = pythonText(given['probability'] as number);
    const axes = [...(given['vertical'] === true ? [2] : []), ...(given['horizontal'] === true ? [3] : [])];
    return axes.flatMap((axis) => [
      `    chosen = torch.rand(len(x), 1, 1, 1, device=x.device) < ${chance}`,
      `    x = torch.where(chosen, x.flip(${axis}), x)`,
      ...(isMap ? [`    maps = torch.where(chosen[:, 0], maps.flip(${axis - 1}), maps)`] : []),
    ]);
  }
  if (name === 'random_crop') {
    const [height, width] = sizeAt(given, 'size');
    const [top, left, bottom, right] = paddingOf(given);
    const padding = pythonText([left, right, top, bottom]);
    const rectangle = `y : y + ${height}, z : z + ${width}`;
    return [
      `    x = F.pad(x, ${padding})`,
      ...(isMap
        ? [`    maps = F.pad(maps, ${padding}${ignored === undefined ? '' : `, value=${pythonText(ignored)}`})`]
        : []),
      `    tops = torch.randint(x.shape[2] - ${height} + 1, (len(x),)).tolist()`,
      `    lefts = torch.randint(x.shape[3] - ${width} + 1, (len(x),)).tolist()`,
      `    x = torch.stack([image[:, ${rectangle}] for image, y, z in zip(x, tops, lefts)])`,
      ...(isMap ? [`    maps = torch.stack([one[${rectangle}] for one, y, z in zip(maps, tops, lefts)])`] : []),
    ];
  }
  return undefined;
}
