// How train.py makes tensors of pictures, as the input of the network says: the arithmetic of runtime/picture.ts in PyTorch.

import type { InputSettings } from '../../../../compiler/ir/graph.ts';
import type { Shape } from '../../../../compiler/ir/tensor-type.ts';
import { defaultSettings } from '../../../data/preprocess.ts';
import { pythonText } from '../python.ts';

/** The function `prepare`, from bytes [N, C, H, W] to the network's input of `shape` [C, H, W]. */
export function prepareText(given: InputSettings = defaultSettings, shape: Shape): string {
  const [channels, height, width] = shape as [number, number, number];
  const settings = given.fit && given.resize === undefined ? { ...given, resize: [height, width] as const } : given;
  const { scale, mean, std, crop, colors } = settings;
  const body = [
    'if images.dtype != torch.uint8:',
    '    return images.float()',
    'x = images.float()',
    ...(channels === 3 ? ['x = x.expand(-1, 3, -1, -1)'] : []),
    ...(channels === 3 && colors === 'bgr' ? ['x = x.flip(1)'] : []),
    ...resizeLines(settings),
    ...(crop ? cropLines(crop) : []),
    `x = x * ${pythonText(scale)}`,
    ...(mean ? [`x = x - torch.tensor(${pythonText(mean)}, device=x.device).view(-1, 1, 1)`] : []),
    ...(std ? [`x = x / torch.tensor(${pythonText(std)}, device=x.device).view(-1, 1, 1)`] : []),
    'return x',
  ];
  return [
    'def prepare(images):',
    `    """What the network takes: [N, ${shape.join(', ')}], scaled and normalised as the input of the .cnn file says."""`,
    ...body.map((line) => `    ${line}`),
  ].join('\n');
}

/** Settings of pictures that `prepare` does not follow: it stretches, and blends pixels. */
export function notPrepared({ fit, filter }: InputSettings = defaultSettings): readonly string[] {
  return [...(fit === 'contain' ? ['fit: contain'] : []), ...(filter === 'nearest' ? ['filter: nearest'] : [])];
}

/** The results are bytes again, as those of Pillow. */
function resizeLines({ resize, fit, filter }: InputSettings): readonly string[] {
  if (resize === undefined) return [];
  const mode = filter === 'bicubic' ? 'bicubic' : 'bilinear';
  const resized = (size: string): string =>
    `x = F.interpolate(x, ${size}, mode="${mode}", align_corners=False, antialias=True).round().clamp(0, 255)`;
  if (typeof resize !== 'number' && fit !== 'cover') return [resized(pythonText(resize))];
  const size = typeof resize === 'number' ? shorterSide(resize) : covering(resize);
  return [
    'height, width = x.shape[2:]',
    `size = ${size}`,
    resized('size'),
    ...(typeof resize === 'number' ? [] : cropLines(resize)),
  ];
}

/** The longer side is rounded down. */
const shorterSide = (size: number): string =>
  `[max(1, ${size} * extent // min(height, width)) for extent in (height, width)]`;

const covering = ([height, width]: readonly [number, number]): string =>
  `(${height}, max(${width}, width * ${height} // height)) if width * ${height} >= height * ${width} else (max(${height}, height * ${width} // width), ${width})`;

/** The middle; half of an odd margin goes to the even number. */
const cropLines = ([height, width]: readonly [number, number]): readonly string[] => [
  `top, left = round((x.shape[2] - ${height}) / 2), round((x.shape[3] - ${width}) / 2)`,
  `x = x[:, :, top : top + ${height}, left : left + ${width}]`,
];
