// The first part of the demo: LeNet learns digits, from nothing, and reads some that it has not seen.

import { availableParallelism } from 'node:os';
import { rank } from '../src/cli/show.ts';
import type { Picture } from '../src/data/picture.ts';
import { pictureToTensor } from '../src/data/preprocess.ts';
import { digits, load, train } from '../src/index.ts';
import { grouped, percent } from '../src/text/format.ts';
import { besideLines, pictureLines } from './terminal-picture.ts';
import { plotLines } from './terminal-plot.ts';

export interface Terminal {
  readonly color: boolean;
  readonly columns: number;
  say(text?: string): void;
}

/**
 * In place of the file's own settings, which are the book's: their plain steps take two epochs of 60,000 images to leave the plateau on
 * which sigmoids begin, and Adam takes seconds.
 */
const settings = `train LeNet {
  optimizer: adam(learning_rate: 0.003)
  init: xavier_uniform
  batch: 32
  epochs: 8
}
`;

const COUNT = 4000;

/** Trains the network of `source`, the text of examples/lenet/lenet.cnn. */
export async function learnDigits(source: string, { color, columns, say }: Terminal): Promise<void> {
  const text = source.replace(/^train LeNet \{[^}]*\}\n/m, settings);
  const data = { training: digits({ count: COUNT }), test: digits({ count: 500, split: 'test' }) };
  const losses: number[] = [];
  const start = performance.now();
  const { weights, history } = await train(text, {
    data,
    threads: Math.min(4, availableParallelism()),
    onStep: ({ loss }) => void losses.push(loss),
    onEpoch: ({ epoch, loss, checked }) =>
      say(
        `epoch ${epoch + 1}  loss ${loss.toFixed(3)}  ${percent(checked!.accuracy!, 1).padStart(6)} of 500 other digits right`,
      ),
  });
  const seconds = (performance.now() - start) / 1000;
  say(
    `\n${grouped(history.length * COUNT)} pictures in ${seconds.toFixed(1)} s. The loss, step by step, from ${losses[0]!.toFixed(2)} to ${history.at(-1)!.loss.toFixed(2)}:\n`,
  );
  for (const line of plotLines(losses, Math.min(columns - 2, 76), 6)) say(`  ${line}`);
  say('\nDigits that it has not seen, and what it takes them for:\n');
  const net = await load(text, weights, { target: 'wasm' });
  const { test } = data;
  const { width, height } = test;
  const tiles = Array.from({ length: 10 }, (_, index) => {
    const picture: Picture = { width, height, channels: 1, data: test.image(index) };
    const scores = net.run(pictureToTensor(picture, { scale: 1 / 255, colors: 'gray' }, [1, height, width]));
    const [best] = rank(scores as Float32Array, 1, 'raw');
    const verdict = `  ${best!.index}  ${percent(best!.probability, 1)}${best!.index === test.labels[index] ? '' : ', wrong'}`;
    return [...pictureLines(picture, color), verdict.padEnd(width)];
  });
  for (const line of besideLines(tiles, width, columns)) say(line);
}
