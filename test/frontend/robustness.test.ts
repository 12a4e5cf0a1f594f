// Whatever the text, the front end answers with diagnostics and in time: mutations of good files, at the level of tokens.

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { compile } from './support.ts';

const seed = `const base = 4
block inception(c: int) {
  parallel concat {
    path conv(c, kernel: 1) -> relu
    path side { repeat 2 as i { a = conv(c + 2 * i, kernel: 3, padding: 1) } }
    path max_pool(3, stride: 1, padding: 1) -> conv(c, kernel: size(1, 1))
  }
}
network A(arch: [(int, size)] = [(base, 3), (8, 1x3)], n: int = len(arch) * 2) {
  input image: [3, 24, 24] { scale: 1/255  mean: [0.1, 0.2, 0.3]  colors: bgr }
  for (c, k) in arch { conv(c, kernel: k, padding: same) -> batch_norm -> relu : [c, 24, 24] }
  stem = inception(n)
  left, right = split(2)
  if n > 3 and not (n == 5) { left -> add(right -> conv(n + n / 2 + 1, kernel: 1)) } else { left }
  flatten -> dense(max(n, 10)) -> dropout(0.5)
  logits = dense(2 if n < 9 else 11)
  output logits { labels: ["a", "b"] }
}
network B = A(n: 6)
train A { optimizer: adam(0.1) augment: random_crop(24, padding: 2) -> random_flip }
expect A { parameters < 1M output == [2] }
`;

const values = readFileSync(new URL('../../examples/tour/values.cnn', import.meta.url), 'utf8').replaceAll(
  /\/\/.*\n/g,
  '',
);

test('the seeds are correct', () => {
  const results = [seed, values].map((text) => compile(text));
  expect(results.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  expect(results.flatMap(({ networks }) => networks.map(({ name }) => name))).toEqual(['A', 'B', 'Values']);
});

test.each([seed, values])(
  'mutations never throw; what is built without errors is a valid graph',
  { timeout: 60_000 },
  (text) => {
    const tokens = text.match(/\s+|\w+(?:\.\d+)?|->|\.\.|[<>=!]=|"[^"]*"|./g)!;
    const place = fc.nat(tokens.length - 1);
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('delete' as const), at: place }),
      fc.record({ kind: fc.constant('copy' as const), at: place, from: place }),
      fc.record({ kind: fc.constant('replace' as const), at: place, from: place }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = [...tokens];
        for (const one of edits) {
          if (one.kind === 'delete') changed[one.at] = '';
          else if (one.kind === 'replace') changed[one.at] = tokens[one.from]!;
          else changed[one.at] += ` ${tokens[one.from]!}`;
        }
        const { networks, diagnostics } = compile(changed.join(''));
        for (const { span } of diagnostics) if (span) expect(Number.isFinite(span.start + span.end)).toBe(true);
        if (!hasErrors(diagnostics))
          for (const { graph } of networks) expect(verifyGraph(graph, operators)).toEqual([]);
      }),
      { numRuns: 1000, seed: 20240607 },
    );
  },
);
