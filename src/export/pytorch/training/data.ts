// How train.py reads pictures, as `cnnc train --data` does: IDX files, gzipped or not, or .npy files.

import type { AnswerKind } from './recipe.ts';

/** `answers` become classes, or `numbers` of each image. */
export const readText = (kind: AnswerKind, numbers: number): string => `def read_idx(folder, split, kind, rank):
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
        names = [os.path.join(folder, f"{split}-{kind}.npy") for kind in ANSWERS]
        own = next(filter(os.path.exists, names), None)
        if own is None:
            raise SystemExit(f"there is {path}, but no {' or '.join(names)}")
        images, answers = np.load(path), np.load(own)
    else:
        images, answers = read_idx(folder, split, "images", 3), read_idx(folder, split, "labels", 1)
    if images is None or answers is None:
        return None
${checkText(kind, numbers)}    images = torch.from_numpy(images.copy())
    answers = torch.from_numpy(answers.astype("${kind === 'class' || kind === 'map' ? 'int64' : 'float32'}"))
    images = images[:, None] if images.dim() == 3 else images
    return TensorDataset(images, ${answers[kind]})`;

/** Labels become numbers as in `cnnc train`; binary cross-entropy takes none beyond 0 and 1. */
function checkText(kind: AnswerKind, numbers: number): string {
  const areNumbers = kind === 'binary' || kind === 'numbers';
  const shares =
    areNumbers && numbers > 1
      ? `    if answers.ndim == 1:  # classes: 1 for that of the image, 0 for the others
        answers = np.eye(${numbers})[answers]
`
      : '';
  return kind === 'binary' || kind === 'mask'
    ? `${shares}    if not (answers.min() >= 0 and answers.max() <= 1):
        raise SystemExit(f"the answers of the {split} images go from {answers.min()} to {answers.max()}; expected 0 to 1")
`
    : shares;
}

const answers: Readonly<Record<AnswerKind, string>> = {
  class: 'answers',
  map: 'answers.reshape(len(answers), *answers.shape[-2:])',
  mask: 'answers.reshape(len(answers), *answers.shape[-2:])',
  binary: 'answers',
  numbers: 'answers',
};
