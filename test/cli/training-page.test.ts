// `cnnc train --html`: what the page shows is what a network with the trained weights gives, computed here from its scores, and the file
// is replaced as a whole after every epoch.

import { beforeAll, describe, expect, test } from 'vitest';
import { trainingPage } from '../../src/cli/training-page.ts';
import type { Io } from '../../src/cli/io.ts';
import { InputError } from '../../src/data/input-error.ts';
import { readPng } from '../../src/data/png.ts';
import { digits } from '../../src/data/digits/digits.ts';
import { load } from '../../src/index.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { prepare } from '../../src/train/prepare.ts';
import { run } from '../../src/train/run.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

const [SIDE, EPOCHS, TRAINED] = [12, 3, 150];
const TESTED = TRAINED / 5;
const source = (settings = ''): string => `/// Sees <digits> & "more".
network Net {
  input image: [1, ${SIDE}, ${SIDE}] { scale: 1/255 }
  conv(4, kernel: 3) -> relu
  max_pool(2)
  flatten
  scores = dense(10)
  output scores { labels: ["zero", "<one>", "two", "three", "four", "five", "six", "seven", "eight", "nine"] }
}
train Net {
  optimizer: adam(learning_rate: 0.02)
  batch: 25
  epochs: ${EPOCHS}
  ${settings}
}`;
const names = ['zero', '<one>', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const argv = ['train', 'a.cnn', '--data', `digits:${TRAINED}`, '--target', 'js', '--html', 'page.html'] as const;

const pageOf = ({ files }: Outcome): string => new TextDecoder().decode(files.get('/project/page.html'));
const plain = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
    .trim();
/** Cells of the rows of a table's body, as text. */
const rowsOf = (page: string, table: string): readonly (readonly string[])[] => {
  const body = new RegExp(`<table class="${table}">[^]*?<tbody>([^]*?)</tbody>`).exec(page)![1]!;
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<(t[hd])[^>]*>(.*?)<\/\1>/gs)].map(([, , cell]) => plain(cell!)),
  );
};

describe('the page of a training', { timeout: 60_000 }, () => {
  let trained: Outcome;
  let page = '';
  /** Of each test image: its class, and the probabilities that the trained network gives. */
  let answers: readonly { readonly label: number; readonly probabilities: readonly number[] }[] = [];

  beforeAll(async () => {
    trained = await cnnc([...argv, '--out', 'w.safetensors'], { files: { 'a.cnn': source() } });
    expect(trained).toMatchObject({ code: 0 });
    page = pageOf(trained);
    const images = digits({ count: TESTED, split: 'test', height: SIDE, width: SIDE });
    const net = await load(source(), trained.files.get('/project/w.safetensors')!);
    answers = Array.from({ length: TESTED }, (_, at) => {
      const scores = net.run(Float32Array.from(images.image(at), (byte) => byte / 255)) as Float32Array;
      const powers = [...scores].map((score) => Math.exp(score));
      const sum = powers.reduce((a, b) => a + b);
      return { label: images.labels[at]!, probabilities: powers.map((power) => power / sum) };
    });
  });

  const best = (values: readonly number[]): number => values.indexOf(Math.max(...values));

  test('counts what the network takes for what', () => {
    const rows = rowsOf(page, 'matrix');
    const expected = names.map((_, label) =>
      names.map(
        (__, predicted) => answers.filter((one) => one.label === label && best(one.probabilities) === predicted).length,
      ),
    );
    expect(rows.map((row) => row.slice(1, 11).map(Number))).toEqual(expected);
    expect(rows.map(([name]) => name)).toEqual(names.map((name, at) => `${at} ${name}`));
    expect(expected.flat().reduce((a, b) => a + b)).toBe(TESTED);
    const recalls = expected.map((row, at) => `${Math.round((100 * row[at]!) / row.reduce((a, b) => a + b))}%`);
    expect(rows.map((row) => row.at(-1))).toEqual(recalls);
    expect(page).toContain(`${TESTED} test images after epoch ${EPOCHS}`);
  });

  test('lists the most frequent confusions first', () => {
    const counts = new Map<string, number>();
    for (const { label, probabilities } of answers) {
      const said = best(probabilities);
      if (said !== label) counts.set(`${label} ${said}`, (counts.get(`${label} ${said}`) ?? 0) + 1);
    }
    const shown = rowsOf(page, 'pairs').map(
      ([label, said, count]) => [`${Number.parseInt(label!)} ${Number.parseInt(said!)}`, Number(count)] as const,
    );
    expect(shown.map(([, count]) => count)).toEqual([...counts.values()].toSorted((a, b) => b - a).slice(0, 10));
    for (const [pair, count] of shown) expect(counts.get(pair)).toBe(count);
  });

  test('shows the most confident mistakes, most confident first', () => {
    const shown = [
      ...page
        .split('class="mistakes"')[1]!
        .split('</div>')[0]!
        .matchAll(/<figcaption>(.*?)<\/figcaption>/gs),
    ].map(([, caption]) => plain(caption!));
    const expected = answers
      .map(({ label, probabilities }, at) => ({
        label,
        at,
        said: best(probabilities),
        confidence: Math.max(...probabilities),
      }))
      .filter(({ label, said }) => label !== said)
      .toSorted((a, b) => b.confidence - a.confidence)
      .map(
        ({ label, at, said, confidence }) =>
          `${names[said]} ${(100 * confidence).toFixed(2)}% is ${names[label]} image ${at}`,
      );
    expect(expected.length).toBeGreaterThan(3);
    expect(shown).toEqual(expected.slice(0, 24));
  });

  test('says how each epoch went, as --json does', async () => {
    const { stdout } = await cnnc([...argv, '--json'], { files: { 'a.cnn': source() } });
    const { epochs } = JSON.parse(stdout);
    const rows = rowsOf(page.split('<h2>Epochs</h2>')[1]!.replace('<table>', '<table class="epochs">'), 'epochs');
    const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
    expect(rows.map((row) => row.slice(0, 6))).toEqual(
      epochs.map((one: any) => [
        String(one.epoch),
        one.loss.toFixed(4),
        percent(one.accuracy),
        one.checked.loss.toFixed(4),
        percent(one.checked.accuracy),
        '0.02',
      ]),
    );
  });

  test('stands alone: pictures inside, no script, nothing from elsewhere, and what the user wrote as text', () => {
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|\bhref=|\bsrc="(?!data:image\/png;base64,)|https?:|<one>|<digits>/);
    expect(page).toContain('Sees &#60;digits&#62; &#38; &#34;more&#34;.');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    for (const alt of ['Filters conv1.weight before the training', 'Filters conv1.weight now', 'Feature maps of conv1'])
      expect(page).toContain(`alt="${alt}"`);
    const drawn = [...page.matchAll(/alt="Filters[^>]*src="([^"]*)"/g)].map(([, data]) => data);
    expect(new Set(drawn).size).toBe(2);
    expect(page).toContain('trained for 3 epochs');
    expect(page).not.toContain('reload the page');
    expect(page).toContain(
      'adam(learning_rate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0, decay: weights)',
    );
  });

  test('shows the first images as they are and as augment changes them', async () => {
    expect(page).not.toContain('<h2>Augmentation</h2>');
    const shown = pageOf(
      await cnnc([...argv, '--epochs', '1'], { files: { 'a.cnn': source('augment: random_flip') } }),
    );
    const rows = shown.split('class="augmented"').slice(1);
    expect(rows).toHaveLength(3);
    const images = digits({ count: TRAINED, height: SIDE, width: SIDE });
    const kinds = rows.flatMap((row, at) => {
      const [plainly, ...changed] = [...row.split('<h2>')[0]!.matchAll(/base64,([^"]*)"/g)].map(
        ([, bytes]) => readPng(Buffer.from(bytes!, 'base64')).data,
      );
      expect(plainly).toEqual(images.image(at));
      expect(changed).toHaveLength(6);
      const mirrored = plainly!.map((_, pixel) => plainly![pixel + SIDE - 1 - 2 * (pixel % SIDE)]!);
      return changed.map((values) => [plainly, mirrored].findIndex((one) => one!.join() === values.join()));
    });
    expect(new Set(kinds)).toEqual(new Set([0, 1]));
  });

  test('has the test at the end where epochs are measured on a share for validation', async () => {
    const result = await cnnc(argv, { files: { 'a.cnn': source('validation: 0.2  weights: best') } });
    const shown = pageOf(result);
    const [, accuracy] = /test +loss [\d.]+ +accuracy ([\d.]+%)/.exec(result.stdout)!;
    expect(shown).toContain(`<b>${accuracy}</b><span>test accuracy</span>`);
    const [, epoch] = /; the weights are those of epoch (\d), the best\n$/.exec(result.stderr)!;
    expect(shown).toContain(`30 validation images after epoch ${epoch}.`);
  });

  test('calls classes as the data do where the network has no names for them', async () => {
    const text = `network Net { input image: [3, 32, 32]\n avg_pool(8) -> flatten -> dense(10) }\ntrain Net { optimizer: adam  batch: 5  epochs: 1 }`;
    // An image of each class in each batch.
    const batch = Uint8Array.from({ length: 10 * 3073 }, (_, at) => (at % 3073 === 0 ? at / 3073 : (at * 7) % 251));
    const batches = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
    const animals = ['airplane', 'automobile', 'bird', 'cat', '<deer>', 'dog', 'frog', 'horse', 'ship', 'truck'];
    const files = {
      'a.cnn': text,
      ...Object.fromEntries(batches.map((name) => [`cifar/${name}.bin`, batch])),
      'cifar/batches.meta.txt': `${animals.join('\n')}\n\n`,
    };
    const shown = pageOf(
      await cnnc(['train', 'a.cnn', '--data', 'cifar', '--target', 'js', '--html', 'page.html'], { files }),
    );
    expect(rowsOf(shown, 'matrix').map(([name]) => name)).toEqual(animals.map((name, at) => `${at} ${name}`));
    expect(shown).not.toContain('<deer>');
  });

  test('of a network that tells no classes has curves only of the loss, and no confusions', async () => {
    const text = `network Net { input image: [1, 12, 12] { scale: 1/255 }\n conv(2, kernel: 3, padding: 1) -> relu\n conv(1, kernel: 3, padding: 1) }
train Net { optimizer: adam  loss: mean_squared_error(reduction: sum)  batch: 25  epochs: 2 }`;
    const shown = pageOf(await cnnc(argv, { files: { 'a.cnn': text } }));
    expect(shown).toContain('aria-label="loss by epoch"');
    expect(shown).not.toMatch(/accuracy by epoch|Confusion matrix|NaN|undefined/);
    expect(shown).toContain('alt="Feature maps of conv1"');
  });
});

describe('the file', { timeout: 60_000 }, () => {
  const [network] = buildNetworks({ path: 'a.cnn', text: source() }).networks;
  const data = { training: digits({ count: 50, height: SIDE, width: SIDE }) };
  const settings = { ...network!.train!, epochs: 2 };

  function opened(replace: (path: string, text: string | Uint8Array) => void) {
    let said = '';
    let clock = 0;
    const io = {
      files: { replace },
      stderr: { write: (text: string) => (said += text) },
      process: { now: () => (clock += 10) },
    } as unknown as Io;
    const prepared = prepare(network!, settings, data);
    const from = prepared.begin();
    const subject = { network: network!, settings, prepared, from, data, chosen: { data: 'd', target: 'js' } };
    const page = trainingPage('p.html', { ...subject, readBeside: () => new Uint8Array() }, io);
    return { page, prepared, from, said: () => said };
  }

  async function train({ page, prepared, from }: ReturnType<typeof opened>): Promise<void> {
    const course = await prepared.open();
    const outcome = await run(course, from, {
      onStep: (event) => page.step(event),
      onEpoch: (result, _, end) => page.epoch(result, end),
    });
    course.trainer.close();
    page.end(outcome.isComplete ? 'complete' : 'stopped');
  }

  test('is whole before the first step, after each epoch and at the end', async () => {
    const texts: string[] = [];
    await train(opened((path, text) => texts.push(`${path}: ${String(text)}`)));
    expect(texts).toHaveLength(1 + 2 + 1);
    for (const text of texts) {
      expect(text).toMatch(/^p\.html: <!doctype html>/);
      expect(text).toMatch(/<\/html>\n$/);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(texts.map((text) => /class="ends">(.*?)</.exec(text)![1])).toEqual([
      '0 of 2 epochs',
      '1 of 2 epochs',
      'trained for 2 epochs',
      'trained for 2 epochs',
    ]);
    expect(texts.map((text) => text.includes('reload the page'))).toEqual([true, true, false, false]);
  });

  test('that cannot be written keeps a training from beginning, but does not end it', async () => {
    const refuse = (): never => {
      throw new InputError('cannot write p.html: the disk is full');
    };
    expect(() => opened(refuse)).toThrow('cannot write p.html: the disk is full');
    let count = 0;
    const one = opened(() => {
      count += 1;
      if (count === 2) refuse();
    });
    await train(one);
    expect(count).toBe(4);
    expect(one.said()).toBe('note: cannot write p.html: the disk is full; the page stays as it was\n');
  });
});
