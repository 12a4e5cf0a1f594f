// The steps of `augment` that plain PyTorch does; the others are named as left out.

import type { Choice } from '../../../../compiler/frontend/sections/train.ts';
import { paddingOf, sizeAt } from '../../../../compiler/ops/attributes.ts';
import { pythonText } from '../python.ts';

/** The statements that change a batch of images `x`, or undefined where there are none. */
export function augmentText(steps: readonly Choice[]): string | undefined {
  const lines = steps.flatMap((step) => linesOf(step) ?? []);
  if (lines.length === 0) return undefined;
  return [
    'def augment(x):',
    '    """Changes every image of a batch [N, C, H, W] by chance."""',
    ...lines,
    '    return x',
  ].join('\n');
}

/** Whether train.py does this step. */
export const isAugmented = (step: Choice): boolean => linesOf(step) !== undefined;

function linesOf({ name, arguments: given }: Choice): readonly string[] | undefined {
  if (name === 'random_flip') {
    const chance = pythonText(given['probability'] as number);
    const axes = [...(given['vertical'] === true ? [2] : []), ...(given['horizontal'] === true ? [3] : [])];
    return axes.map(
      (axis) => `    x = torch.where(torch.rand(len(x), 1, 1, 1, device=x.device) < ${chance}, x.flip(${axis}), x)`,
    );
  }
  if (name === 'random_crop') {
    const [height, width] = sizeAt(given, 'size');
    const [top, left, bottom, right] = paddingOf(given);
    return [
      `    x = F.pad(x, ${pythonText([left, right, top, bottom])})`,
      `    tops = torch.randint(x.shape[2] - ${height} + 1, (len(x),)).tolist()`,
      `    lefts = torch.randint(x.shape[3] - ${width} + 1, (len(x),)).tolist()`,
      `    cut = [image[:, y : y + ${height}, z : z + ${width}] for image, y, z in zip(x, tops, lefts)]`,
      '    x = torch.stack(cut)',
    ];
  }
  return undefined;
}
