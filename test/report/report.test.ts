// The shape report: figures of the book and of the papers, the form of language.md, the JSON.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { report } from '../../src/index.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { report as reportOf } from '../../src/report/network-report.ts';
import { printReport } from '../../src/report/print.ts';
import { rowText, rowsOf } from '../../src/report/rows.ts';

const source = (name: string, file = name): string =>
  readFileSync(new URL(`../../examples/${name}/${file}.cnn`, import.meta.url), 'utf8');
const lenet = report(source('lenet'), { path: 'lenet.cnn' });
const googlenet = report(source('googlenet'), { path: 'googlenet.cnn', network: 'GoogLeNet' });

describe('report', () => {
  // Shapes: D2L 7.6. Parameters: 6·(25+1), 16·(150+1), 120·401, 84·121, 10·85. MACs: weights times output pixels.
  test('LeNet, layer by layer', () => {
    const weighted = lenet.layers.filter(({ parameters }) => parameters > 0);
    expect(weighted.map(({ name, outputShape, parameters, macs }) => [name, outputShape, parameters, macs])).toEqual([
      ['conv1', [6, 28, 28], 156, 117_600],
      ['conv2', [16, 10, 10], 2_416, 240_000],
      ['dense1', [120], 48_120, 48_000],
      ['dense2', [84], 10_164, 10_080],
      ['logits', [10], 850, 840],
    ]);
    expect(lenet.totals).toMatchObject({ parameters: 61_706, macs: 416_520 });
    // conv1 and its sigmoid, 6·28·28 f32 each
    expect(lenet.totals.peakActivationBytes).toBe(2 * 6 * 28 * 28 * 4);
    expect(lenet.peak).toEqual({
      at: 'sigmoid1',
      alive: [
        { name: 'conv1', bytes: 18_816 },
        { name: 'sigmoid1', bytes: 18_816 },
      ],
    });
  });

  // Distill, "Computing receptive fields": 27 pixels, jump 8 before the block; 3×3 adds 16, 5×5 adds 32.
  test('receptive fields of the first Inception block', () => {
    const inside = googlenet.layers.filter(({ name, op }) => name.startsWith('inception1.') && op !== 'relu');
    expect(inside.map(({ name, receptiveField }) => [name.slice(11), receptiveField.size])).toEqual([
      ['path1.conv1', 27],
      ['path2.conv1', 27],
      ['path2.conv2', 43],
      ['path3.conv1', 27],
      ['path3.conv2', 59],
      ['path4.max_pool1', 43],
      ['path4.conv1', 43],
      ['concat1', 59],
    ]);
    expect(inside.at(-1)!.receptiveField).toEqual({ size: 59, jump: 8, start: -29 });
  });

  test('axes that differ are [height, width]', () => {
    const text = 'network A { input x: [1, 9, 9]\n conv(1, kernel: 1x3, stride: size(1, 2)) }';
    expect(report(text).layers[0]!.receptiveField).toEqual({ size: [1, 3], jump: [1, 2], start: 0 });
  });

  test('running statistics are not parameters', () => {
    const [norm] = report('network A { input x: [3, 4, 4] batch_norm }').layers;
    expect(norm!.parameters).toBe(6);
    expect(norm!.weights.filter(({ role }) => role === 'buffer')).toHaveLength(2);
  });

  test('weights that have another name than their layer', () => {
    const graph = parseGraph(
      `graph A {
        %0 = input x : [N,4]
        %1 = parameter shared.weight : [4,4] he(4, 4)
        %2 = dense(%0, %1) {features=4, bias=false} as a weights shared
        %3 = dense(%2, %1) {features=4, bias=false} as b weights shared
        output y = %3
      }`,
      operators,
    );
    const { layers, totals } = reportOf({ name: 'A', graph });
    expect(layers).toMatchObject([
      { name: 'a', weightsName: 'shared', parameters: 16 },
      { name: 'b', weightsName: 'shared', parameters: 16, weights: [{ name: 'shared.weight' }] },
    ]);
    expect(totals.parameters).toBe(16);
  });

  test('an operator with two results', () => {
    const [split] = report('network A { input x: [4, 2, 2]\n a, b = split(2)\n a -> add(b) }').layers;
    expect(split).toMatchObject({
      outputShape: [2, 2, 2],
      outputShapes: [
        [2, 2, 2],
        [2, 2, 2],
      ],
      outputBytes: 64,
    });
  });

  test('the JSON has the documented fields, and survives a round trip', () => {
    const json = JSON.parse(JSON.stringify(lenet)) as Record<string, unknown>;
    expect(json).toEqual(lenet);
    expect(json).toMatchObject({ schemaVersion: 1, network: 'LeNet', inputs: [{ name: 'image', shape: [1, 28, 28] }] });
    for (const layer of lenet.layers) {
      expect(layer).toMatchObject({
        name: expect.any(String),
        op: expect.any(String),
        inputShapes: expect.any(Array),
        outputShape: expect.any(Array),
        parameters: expect.any(Number),
        macs: expect.any(Number),
        outputBytes: expect.any(Number),
        receptiveField: { size: expect.any(Number), jump: expect.any(Number), start: expect.any(Number) },
      });
    }
  });
});

describe('printReport', () => {
  test('LeNet', () => {
    // The last line depends on the memory plan.
    const lines = printReport(lenet)!.trimEnd().split('\n');
    expect(lines.slice(4, -1).join('\n')).toBe(
      `
layer      operator           output     KiB  parameters     MACs  of network        field
conv1      conv 5×5, sigmoid  6×28×28   18.4         156  117,600  ████▉      28.2%      5
avg_pool1  2×2 /2             6×14×14    4.6           0        0                        6
conv2      conv 5×5, sigmoid  16×10×10   6.3       2,416  240,000  ██████████ 57.6%     14
avg_pool2  2×2 /2             16×5×5     1.6           0        0                       16
flatten1   flatten            400        1.6           0        0                       32
dense1     dense, sigmoid     120        0.5      48,120   48,000  ██         11.5%     32
dense2     dense, sigmoid     84         0.3      10,164   10,080  ▍           2.4%     32
logits     dense              10         0.0         850      840  ▏           0.2%     32
total                                             61,706  416,520

weights 241 KiB in f32
peak activation memory 36.8 KiB step by step, at sigmoid1: conv1 18.4 KiB, sigmoid1 18.4 KiB`.trimStart(),
    );
    expect(lines.at(-1)).toMatch(/^compiled, it takes [\d.]+ KiB per image$/);
  });

  test("a block, as in the language's design", () => {
    expect(printReport(googlenet, { layer: 'inception1' })).toBe(
      `
inception1  192×12×12 → 256×12×12  line 22  8.5% of the network's MACs

layer              operator        output       KiB  parameters    MACs  of block          field
├ path1.conv1      conv 1×1, relu  64×12×12    36.0      12,352   1.77M  ▊           7.5%     27
├ path2.conv1      conv 1×1, relu  96×12×12    54.0      18,528   2.65M  █▏         11.3%     27
│      .conv2      conv 3×3, relu  128×12×12   72.0     110,720  15.93M  ██████▊    67.7%     43
├ path3.conv1      conv 1×1, relu  16×12×12     9.0       3,088   0.44M  ▏           1.9%     27
│      .conv2      conv 5×5, relu  32×12×12    18.0      12,832   1.84M  ▊           7.8%     59
├ path4.max_pool1  3×3             192×12×12  108.0           0       0                       43
│      .conv1      conv 1×1, relu  32×12×12    18.0       6,176   0.88M  ▍           3.8%     43
└ concat1          64+128+32+32    256×12×12  144.0           0       0  no copy              59
total                                                   163,696  23.52M
`.trimStart(),
    );
  });

  test.each(['lenet', 'googlenet', 'densenet', 'resnet', 'mobilenet', 'vgg'])(
    '%s keeps to 80 columns and cuts nothing',
    (name) => {
      const built = buildNetworks({ path: `${name}.cnn`, text: source(name) }, {});
      for (const { name: network } of built.networks) {
        const data = report(source(name), { path: `${name}.cnn`, network });
        const narrow = printReport(data, { width: 80 })!;
        for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
        expect(narrow).not.toContain('…');
        const words = new Set(narrow.split(/\s+/));
        const operators = rowsOf(data).flatMap((row) => rowText(row).split(' '));
        expect(operators.filter((word) => !words.has(word))).toEqual([]);
      }
    },
  );

  test('where even that is too wide, operators go on in the next line', () => {
    const text = printReport(lenet, { width: 58 })!;
    expect(text.slice(text.indexOf('layer '), text.indexOf('conv2 '))).toBe(
      `
layer     operator       output   parameters    MACs field
conv1     conv 5×5,      6×28×28         156 117,600     5
          sigmoid
avg_pool1 2×2 /2         6×14×14           0       0     6
`.trimStart(),
    );
  });

  test('a layer, with its arithmetic', () => {
    expect(printReport(googlenet, { layer: 'inception1.path2.conv2' })).toBe(
      `
inception1.path2.conv2  conv 3×3  googlenet.cnn:6, called at line 22

input       [96, 12, 12]  from inception1.path2.relu1
output      [128, 12, 12]
            12 + 2·1 − 3 + 1 = 12
activation  18,432 values, 72 KiB
weights     inception1.path2.conv2.weight [128, 96, 3, 3] 110,592
            inception1.path2.conv2.bias [128] 128
parameters  110,720, 1.9% of the network's
MACs        128×96×3×3 weights · 12×12 places = 15,925,248, 5.8% of the network's
field       43×43 pixels, one every 8, the first from −21
`.trimStart(),
    );
  });

  test('the whole network has the tree of every block; folded, a line for each', () => {
    const whole = printReport(googlenet)!;
    expect(whole).toContain('\ninception9  832×3×3 → 1024×3×3  line 34');
    expect(whole).toContain('\n│      .conv2      conv 3×3, relu');
    const folded = printReport(googlenet, { fold: true })!;
    expect(folded).toContain('\ninception9  832×3×3 → 1024×3×3  line 34');
    expect(folded).not.toContain('├');
    expect(folded).toMatch(/total +5,977,530 +276\.07M/);
  });

  test('no line is wider than the terminal', () => {
    for (const width of [80, 100, 160]) {
      const widest = Math.max(
        ...printReport(googlenet, { width })!
          .split('\n')
          .map(({ length }) => length),
      );
      expect(widest).toBeLessThanOrEqual(width);
    }
  });

  test('colours change no character', () => {
    // eslint-disable-next-line no-control-regex
    expect(printReport(googlenet, { color: true })!.replace(/\u001b\[\d+m/g, '')).toBe(printReport(googlenet));
  });

  test('a value with a second reader keeps its own row', () => {
    const text = 'network A { input x: [1, 4, 4]\n a = conv(1, kernel: 1)\n relu -> add(a) }';
    const rows = printReport(report(text))!.split('\n');
    expect(rows.some((row) => /^relu1 +relu /.test(row))).toBe(true);
    expect(rows.some((row) => /^a +conv 1×1 {2}/.test(row))).toBe(true);
  });

  test('unknown layers give undefined, an empty network a table', () => {
    expect(printReport(lenet, { layer: 'conv9' })).toBeUndefined();
    expect(printReport(report('network A { input x: [1, 4, 4] }'))).toContain('total');
  });

  test('doc comments cannot send control characters to the terminal', () => {
    expect(printReport(report('/// red \u001b[31m\nnetwork A { input x: [1, 4, 4] relu }'))).not.toContain('\u001b');
  });
});
