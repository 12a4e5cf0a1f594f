// `npm run demo`: LeNet learns digits from nothing. Then its report, its module, and weights that were trained on Fashion-MNIST, which
// classify the pictures of examples/pictures; and all of Fashion-MNIST's test images where they lie in ../shared/data.

import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rank } from '../src/cli/show.ts';
import { pictureAt, readDataset } from '../src/data/dataset.ts';
import { readPicture } from '../src/data/picture.ts';
import { pictureToTensor } from '../src/data/preprocess.ts';
import { compile, printReport, report } from '../src/index.ts';
import type { Net } from '../src/index.ts';
import type { EmittedModule } from '../src/network/module.ts';
import { percent } from '../src/text/format.ts';
import { learnDigits } from './demo-training.ts';
import { besideLines, pictureLines } from './terminal-picture.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const color = process.stdout.isTTY && !process.env['NO_COLOR'];
const columns = process.stdout.columns ?? 100;
const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const heading = (text: string): void => say(color ? `\n\u001b[1m${text}\u001b[0m\n` : `\n${text}\n`);

const path = 'examples/lenet/lenet.cnn';
const source = readFileSync(here('lenet/lenet.cnn'), 'utf8');
heading('LeNet learns digits that are drawn for it, from nothing:');
await learnDigits(source, { color, columns, say });

heading(`cnnc report ${path}`);
process.stdout.write(printReport(report(source, { path }), { color, width: columns })!);

const folder = mkdtempSync(join(tmpdir(), 'cnnc-demo-'));
const { files } = compile(source, { path });
for (const { path: name, text } of files) writeFileSync(join(folder, name), text);
heading(
  `Compiled to ${join(folder, 'net.ts')}, ${files[0]!.text.length.toLocaleString('en-US')} characters without imports. It does this:`,
);
say(body(files[0]!.text, 'function pass'));

const module = (await import(pathToFileURL(join(folder, 'net.ts')).href)) as EmittedModule;
const weights = readFileSync(here('lenet/lenet-fashion-mnist.safetensors'));
const labels = module.labels['logits'] as readonly string[];
const net = await module.load(weights, { maxBatch: 50 });

heading('Pictures drawn by scripts/draw-pictures.ts, weights trained on photographs of clothes:');
const pictures = readdirSync(here('pictures'))
  .filter((name) => name.endsWith('.png'))
  .map((name) => {
    const picture = readPicture(readFileSync(here(`pictures/${name}`)));
    const best = rank(net.run(tensorOf(picture)) as Float32Array, 3, 'raw', labels);
    const drawn = name.replace('.png', '').replace('ankle-', 'ankle ');
    return { drawn, picture, best, right: best[0]!.label!.toLowerCase() === drawn };
  });
const tiles = pictures.map(({ drawn, picture, best }) => [
  drawn.padEnd(picture.width),
  ...pictureLines(picture, color),
  ...best.map(({ label, probability }) =>
    `  ${label!.padEnd(10)} ${percent(probability, 1).padStart(6)}`.padEnd(picture.width),
  ),
]);
for (const line of besideLines(tiles, pictures[0]!.picture.width, columns)) say(line);
say(`${pictures.filter(({ right }) => right).length} of ${pictures.length} drawings are recognised.`);

const data = here('../../shared/data/fashion-mnist');
if (existsSync(data)) evaluate(net, data);
else
  say(
    'The 10,000 test images of Fashion-MNIST are not here (../shared/data/fashion-mnist), so they are not evaluated.',
  );

function evaluate(trained: Net, from: string): void {
  const read = (name: string): Uint8Array => readFileSync(join(from, name));
  const set = readDataset(read('t10k-images-idx3-ubyte.gz'), read('t10k-labels-idx1-ubyte.gz'));
  const start = performance.now();
  let correct = 0;
  for (let index = 0; index < set.count; index++) {
    const scores = trained.run(tensorOf(pictureAt(set, index))) as Float32Array;
    if (rank(scores, 1, 'raw')[0]!.index === set.labels[index]) correct++;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(
    `Fashion-MNIST: ${correct.toLocaleString('en-US')} of ${set.count.toLocaleString('en-US')} test images are classified right, in ${seconds} s.`,
  );
}

function tensorOf(picture: Parameters<typeof pictureToTensor>[0]): Float32Array {
  return pictureToTensor(picture, { scale: 1 / 255, colors: 'gray' }, [1, 28, 28]);
}

/** A function of the module, as it stands there. */
function body(text: string, start: string): string {
  const from = text.indexOf(start);
  return text.slice(from, text.indexOf('\n}\n', from) + 2);
}
