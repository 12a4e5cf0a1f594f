// The program of train.py itself: processes, epochs, accuracy, and the file that `cnnc run --weights` reads.

import { pythonText, stringText } from '../python.ts';
import type { Choice } from '../../../../compiler/frontend/sections/train.ts';
import { hasPace } from './pace.ts';
import type { LayerPace } from './pace.ts';
import { areMoved, targetLossText } from './recipe.ts';
import type { AnswerKind } from './recipe.ts';

/** `measure(model, data, ...)`: how many test images are right, or their mean loss. */
export function measureText(
  kind: AnswerKind,
  { ignored, main, loss }: { readonly ignored: number | undefined; readonly main: number; readonly loss: Choice },
): string {
  const { what, one } = measured(ignored, loss)[kind];
  return `def measure(model, data, rank, processes, device):
    """${what}; each process takes its share of them."""
    model.eval()
    if dist.is_initialized():
        # Running statistics are those of the first process, which writes the weights.
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)
    own = (tensor[rank::processes].split(500) for tensor in data.tensors)
    total = 0
    with torch.no_grad():
        for images, answers in zip(*own):
            output = first(model(prepare(images.to(device))))
            answers = answers.to(device)
            total += ${one}
    return sum_of(total, device)


def first(output):
    """The result, where there are several outputs."""
    return output[${main}] if isinstance(output, tuple) else output


def sum_of(number, device):
    """Of all processes."""
    total = torch.tensor(float(number), device=device)
    if dist.is_initialized():
        dist.all_reduce(total)
    return total.item()`;
}

const halves = {
  what: 'Of each image the share of the numbers that are on the right side of one half, all together',
  one: '((output > 0) == (answers.view_as(output) > 0.5)).float().flatten(1).mean(1).sum().item()',
};

const measured = (
  ignored: number | undefined,
  loss: Choice,
): Readonly<Record<AnswerKind, { readonly what: string; readonly one: string }>> => ({
  class: {
    what: 'How many images are put into the right class',
    one: '(output.flatten(1).argmax(1) == answers).sum().item()',
  },
  map: {
    what: 'The shares of pixels that are put into the right class, of all images together',
    one: `(${ignored === undefined ? 'output.argmax(1) == answers' : `(output.argmax(1) == answers) & (answers != ${pythonText(ignored)})`}).float().mean((1, 2)).sum().item()`,
  },
  numbers: {
    what: `${loss.name} of all images`,
    one: `${targetLossText({ ...loss, arguments: { ...loss.arguments, reduction: 'mean' } })}.item() * len(images)`,
  },
  mask: halves,
  binary: halves,
});

/** Writes safetensors; the metadata say for which network. */
export const saveText = (layout: string, hasAuxiliary: boolean): string => `def save_weights(model, path):
    """The weights as a safetensors file, for cnnc run --weights and load_weights."""
    header, numbers, end = {"__metadata__": {"cnnc": ${stringText(layout)}}}, [], 0
    for name, tensor in model.state_dict().items():
${hasAuxiliary ? '        if name in AUXILIARY:\n            continue\n' : ''}        data = tensor.detach().cpu().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + len(data)]}
        numbers.append(data)
        end += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(numbers))
    os.replace(path + ".part", path)`;

interface LoopOptions {
  readonly isAugmented: boolean;
  readonly isInitialised: boolean;
  readonly answers: AnswerKind;
  /** The class of pixels that do not count. */
  readonly ignored?: number;
  /** Whether the loss sees all outputs, and not the first alone. */
  readonly hasAuxiliary: boolean;
  /** Whether there are outputs that the loss does not see. */
  readonly hasOthers: boolean;
  /** Whether there are tensors that files do not have. */
  readonly keepsOwn: boolean;
  readonly clip?: number;
  readonly pace: LayerPace;
}

const results = (ignored: number | undefined): Readonly<Record<AnswerKind, string>> => ({
  class: 'f"  accuracy {right / len(test):.2%}  {right:,.0f} of {len(test):,}"',
  map:
    ignored === undefined
      ? 'f"  accuracy {right / len(test):.2%} of the pixels"'
      : `f"  accuracy {right / ((test.tensors[1] != ${pythonText(ignored)}).float().mean((1, 2)).sum().item() or 1):.2%} of the pixels"`,
  mask: 'f"  accuracy {right / len(test):.2%} of the pixels"',
  binary: 'f"  accuracy {right / len(test):.2%}"',
  numbers: 'f"  test loss {error / len(test):.6g}"',
});

/** What becomes of a batch before the network sees it: a line where the answers change, too, and its images. */
function batchText(isAugmented: boolean, answers: AnswerKind): { readonly moved: string; readonly images: string } {
  // Classes of pixels move with the pictures.
  const moved =
    isAugmented && areMoved(answers)
      ? '            images, answers = augment(images.to(device), answers.to(device))\n'
      : '';
  const images = isAugmented && !moved ? 'prepare(augment(images.to(device)))' : 'prepare(images.to(device))';
  return { moved, images };
}

/** `main`, and what calls it. */
export function loopText(
  className: string,
  { isAugmented, isInitialised, answers, ignored, hasAuxiliary, hasOthers, keepsOwn, clip, pace }: LoopOptions,
): string {
  const { moved, images } = batchText(isAugmented, answers);
  const clipped =
    clip === undefined ? '' : `            nn.utils.clip_grad_norm_(model.parameters(), ${pythonText(clip)})\n`;
  const output = hasAuxiliary ? `net(${images})` : `first(net(${images}))`;
  const loaded = keepsOwn
    ? 'model.load_state_dict({**{name: model.state_dict()[name] for name in AUXILIARY}, **read_weights(options.weights)})'
    : 'load_weights(model, options.weights)';
  const factor = hasPace(pace) ? 'group["rate"] * ' : '';
  const result = results(ignored)[answers];
  return `def main():
    parser = argparse.ArgumentParser(description="Trains ${className} with the settings of its .cnn file.")
    parser.add_argument("--data", required=True, help="a folder with IDX files, as those of MNIST, or .npy files")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--weights", help="a safetensors file to start from")
    parser.add_argument("-o", "--output", default="trained.safetensors", help="where the weights go")
    options = parser.parse_args()

    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("nccl" if cuda else "gloo")
    rank, processes = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    if BATCH % processes:
        raise SystemExit(f"{processes} processes cannot share batches of {BATCH} images")

    torch.manual_seed(SEED)
    model = ${className}()
${isInitialised ? '    initialise(model)\n' : ''}    if options.weights:
        ${loaded}
    model = model.to(device)
    net = DistributedDataParallel(model${hasOthers ? ', find_unused_parameters=True' : ''}) if processes > 1 else model
    torch.manual_seed(SEED + rank)
    optimizer = optimizer_of(model)

    train, test = read_data(options.data, "train"), read_data(options.data, "test")
    if train is None:
        raise SystemExit(f"{options.data} has no images to train on, such as train-images-idx3-ubyte.gz or train-images.npy")
    sampler = DistributedSampler(train, processes, rank, seed=SEED, drop_last=DROP_LAST)
    loader = DataLoader(train, BATCH // processes, sampler=sampler, drop_last=DROP_LAST)
    for epoch in range(options.epochs):
        started, total = time.time(), 0.0
        sampler.set_epoch(epoch)
        net.train()
${pace.learns ? '        keep(model)\n' : ''}        for at, (images, answers) in enumerate(loader):
            for group in optimizer.param_groups:
                group["lr"] = ${factor}learning_rate(epoch * len(loader) + at, len(loader), options.epochs)
${moved}            loss = loss_of(${output}, answers.to(device), processes)
            optimizer.zero_grad()
            loss.backward()
${clipped}            optimizer.step()
            total += loss.item()
        loss = sum_of(total / len(loader), device) / processes
        line = f"epoch {epoch + 1}/{options.epochs}  loss {loss:.4f}"
        if test:
            ${answers === 'numbers' ? 'error' : 'right'} = measure(model, test, rank, processes, device)
            line += ${result}
        if rank == 0:
            print(f"{line}  {time.time() - started:.1f} s")
    if rank == 0:
        save_weights(model, options.output)
        print(f"{options.output}: for cnnc run --weights, cnnc eval --weights")
    # It holds the group, too, and as the last would end it while threads of gloo may wait for Python: for ever.
    del net
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()`;
}
