// Two networks side by side, and the Markdown form: texts as they were read and found right.

import { describe, expect, test } from 'vitest';
import { report } from '../../src/index.ts';
import { compareReports } from '../../src/report/compare.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { printComparison } from '../../src/report/print-comparison.ts';
import { cnnc } from '../cli/harness.ts';

const small = `network Small { input x: [1, 8, 8]
  conv(2, kernel: 3) -> relu
  max_pool(2)
  flatten
  logits = dense(3)
}`;
const large = `/// Has | more_of *everything*.
network Large { input x: [1, 8, 8]
  first = conv(4, kernel: 1)
  conv(4, kernel: 3) -> relu
  conv(4, kernel: 3, padding: 1) -> relu
  flatten
  logits = dense(3)
}`;

describe('a comparison', () => {
  const comparison = compareReports(report(small), report(large));

  // Parameters: small 2·10 + 18·3 + 3 = 77; large 8 + 4·37 + 4·37 + 144·3 + 3 = 739. MACs: 2·9·36 + 54; 256 + 2·36·144 + 432.
  test('adds up', () => {
    expect(comparison.totals.slice(0, 3)).toEqual([
      { what: 'layers', values: [5, 7] },
      { what: 'parameters', values: [77, 739] },
      { what: 'macs', values: [702, 11_056] },
    ]);
  });

  test('aligns by name, and says what differs', () => {
    expect(comparison.rows.map(({ name, a, b, differences }) => [name, a !== null, b !== null, differences])).toEqual([
      ['first', false, true, []],
      ['conv1', true, true, ['output', 'parameters', 'macs']],
      ['conv2', false, true, []],
      ['max_pool1', true, false, []],
      ['flatten1', true, true, ['output']],
      ['logits', true, true, ['parameters', 'macs']],
    ]);
  });

  test('as text', () => {
    expect(printComparison({ ...comparison, totals: comparison.totals.slice(0, 3) }, { color: false, width: 100 }))
      .toMatchInlineSnapshot(`
      "            Small   Large
      layers          5       7     +40.0%
      parameters     77     739    +859.7%
      MACs          702  11,056  +1,474.9%

        layer      operator        output         parameters  MACs
      + first      conv 1×1        4×8×8          8           256
      ~ conv1      conv 3×3, relu  2×6×6 → 4×6×6  20 → 148    648 → 5,184
      + conv2      conv 3×3, relu  4×6×6          148         5,184
      − max_pool1  2×2 /2          2×3×3          0           0
      ~ flatten1   flatten         18 → 144       0           0
      ~ logits     dense           3              57 → 435    54 → 432

      0 steps are the same (=), 3 differ (~), 1 only in Small (−), 2 only in Large (+)
      "
    `);
  });

  test('of a network with itself has no differences', () => {
    const same = compareReports(report(large), report(large));
    expect(same.rows.every(({ a, b, differences }) => a && b && differences.length === 0)).toBe(true);
    expect(same.totals.every(({ values: [a, b] }) => a === b)).toBe(true);
  });
});

describe('on the command line', () => {
  const files = { 'a.cnn': small, 'b.cnn': `${small}\n${large}` };

  test('FILE and FILE:NETWORK', async () => {
    const { code, stdout } = await cnnc(['report', 'a.cnn', 'b.cnn:Large', '--json'], { files });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, networks: ['Small', 'Large'] });
    const alone = await cnnc(['report', 'b.cnn:Small', '--json'], { files });
    expect(JSON.parse(alone.stdout)).toMatchObject({ network: 'Small' });
  });

  test('--html, --svg and --md', async () => {
    const {
      code,
      stdout,
      stderr,
      files: written,
    } = await cnnc(['report', 'a.cnn', '--html', 'out/a.html', '--svg', 'a.svg'], { files });
    expect([code, stdout, stderr]).toEqual([0, '', 'out/a.html is written\na.svg is written\n']);
    expect(new TextDecoder().decode(written.get('/project/out/a.html'))).toMatch(/^<!doctype html>/);
    expect(new TextDecoder().decode(written.get('/project/a.svg'))).toMatch(/^<svg /);
    const both = await cnnc(['report', 'a.cnn', 'b.cnn:Large', '--html', 'ab.html'], { files });
    expect(new TextDecoder().decode(both.files.get('/project/ab.html'))).toContain('Small and Large');
    expect((await cnnc(['report', 'a.cnn', '--md'], { files })).stdout).toMatch(/^## Small\n/);
  });

  test.each([
    [['report', 'a.cnn', 'b.cnn:Large', '--svg', 'x.svg'], '--svg takes one network'],
    [['report', 'a.cnn', 'b.cnn:Large', '--layer', 'conv1'], '--layer takes one network'],
    [['report', 'a.cnn', '--layer', 'conv1', '--html', 'x.html'], '--layer prints text or JSON only'],
  ])('%j is refused', async (argv, said) => {
    const { code, stderr } = await cnnc(argv, { files });
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

test('Markdown', () => {
  const { totals, ...data } = report(large);
  const { compiledArenaBytes: _, ...plain } = totals;
  expect(reportMarkdown({ ...data, totals: plain })).toMatchInlineSnapshot(`
    "## Large

    Has \\| more\\_of \\*everything\\*.

    x 1×8×8 → output 3

    | layer | operator | output | parameters | MACs | share | field |
    | --- | --- | --- | ---: | ---: | ---: | ---: |
    | \`first\` | conv 1×1 | 4×8×8 | 8 | 256 | 2.3% | 1 |
    | \`conv1\` | conv 3×3, relu | 4×6×6 | 148 | 5,184 | 46.9% | 3 |
    | \`conv2\` | conv 3×3, relu | 4×6×6 | 148 | 5,184 | 46.9% | 5 |
    | \`flatten1\` | flatten | 144 | 0 | 0 | | 10 |
    | \`logits\` | dense | 3 | 435 | 432 | 3.9% | 10 |
    | **total** | | | **739** | **11,056** | | |

    Weights: 2.9 KiB in f32. Peak activation memory: 1.6 KiB step by step (at \`conv1\`).
    "
  `);
});
