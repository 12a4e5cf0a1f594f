// How train.py reads pictures and makes tensors of them, as `cnnc train --data` does: IDX files, gzipped or not, or .npy files.

import type { InputSettings } from '../../../../compiler/ir/graph.ts';
import type { Shape } from '../../../../compiler/ir/tensor-type.ts';
import { defaultSettings } from '../../../data/preprocess.ts';
import { pythonText } from '../python.ts';

export const readText = `def read_idx(folder, split, kind, rank):
    """The bytes of an IDX file in the format of MNIST, gzipped or not; None where there is none."""
    for prefix in ("train",) if split == "train" else ("t10k", "test"):
        for name in (f"{prefix}-{kind}-idx{rank}-ubyte", f"{prefix}-{kind}.idx{rank}-ubyte"):
            for path, opened in ((os.path.join(folder, name), open), (os.path.join(folder, name + ".gz"), gzip.open)):
                if not os.path.exists(path):
                    continue
                with opened(path, "rb") as file:
                    data = file.read()
                shape = [int.from_bytes(data[4 + 4 * at : 8 + 4 * at], "big") for at in range(rank)]
                return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)
    return None


def read_data(folder, split):
    """Images [N, C, H, W], bytes or numbers that are ready, and the class or target of each; None where there are none."""
    path = os.path.join(folder, f"{split}-images.npy")
    if os.path.exists(path):
        images, answers = np.load(path), np.load(os.path.join(folder, f"{split}-{ANSWERS}.npy"))
    else:
        images, answers = read_idx(folder, split, "images", 3), read_idx(folder, split, "labels", 1)
    if images is None or answers is None:
        return None
    images = torch.from_numpy(images.copy())
    answers = torch.from_numpy(answers.copy())
    images = images[:, None] if images.dim() == 3 else images
    return TensorDataset(images, answers.long() if ANSWERS == "labels" else answers.float())`;

/** The function that makes the network's input of bytes. */
export function prepareText(settings: InputSettings = defaultSettings, shape: Shape): string {
  const [channels] = shape;
  const { scale, mean, std, resize, crop, colors } = settings;
  const body = [
    'if images.dtype != torch.uint8:',
    '    return images.float()',
    'x = images.float()',
    ...(channels === 3 ? ['x = x.expand(-1, 3, -1, -1)'] : []),
    ...(channels === 3 && colors === 'bgr' ? ['x = x.flip(1)'] : []),
    ...resizeLines(resize),
    ...(crop
      ? [
          `top, left = (x.shape[2] - ${crop[0]}) // 2, (x.shape[3] - ${crop[1]}) // 2`,
          `x = x[:, :, top : top + ${crop[0]}, left : left + ${crop[1]}]`,
        ]
      : []),
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

function resizeLines(resize: InputSettings['resize']): readonly string[] {
  if (resize === undefined) return [];
  const how = 'mode="bilinear", align_corners=False, antialias=True';
  if (typeof resize !== 'number') return [`x = F.interpolate(x, ${pythonText(resize)}, ${how})`];
  return [
    'height, width = x.shape[2:]',
    `size = [round(extent * ${resize} / min(height, width)) for extent in (height, width)]`,
    `x = F.interpolate(x, size, ${how})`,
  ];
}
