import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchWeights } from '../../src/weights/match.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import {
  type TensorList,
  fileOf,
  wanted,
  hasTrained,
  oracleTensors,
  renamed,
  sortedByName,
  trained,
} from './shared.ts';

const operators = new Map();

function match(
  network: TensorList,
  file: TensorList,
  extra: { mode?: 'order' | 'name'; map?: string } = { mode: 'order' },
) {
  return matchWeights(fileOf(file), wanted(network), { fileName: 'f.safetensors', operators, ...extra });
}

/** File names in the network's order, or the error's code. */
function outcome(result: ReturnType<typeof match>): string[] | string {
  return result.weights
    ? [...result.weights.values()].map(({ name }) => name)
    : result.diagnostics.map(({ code }) => code).join();
}

const dense = (name: string, outputs: number, inputs: number): TensorList => [
  [`${name}.weight`, [outputs, inputs]],
  [`${name}.bias`, [outputs]],
];

describe('PyTorch state dicts', () => {
  test.each(oracleTensors())('%s in its own order and sorted by name', (_, tensors) => {
    const names = tensors.map(([name]) => name);
    const network = renamed(tensors);
    const own = match(network, tensors);
    expect(outcome(own)).toEqual(names);
    const sorted = match(network, sortedByName(tensors));
    expect(outcome(sorted)).toEqual(names);
    expect(sorted.rule).toMatch(/names' numbers and parts, because/);
  });

  test.skipIf(!hasTrained).each(['lenet-fashion-mnist', 'lenet_bn-fashion-mnist'])(
    '%s: bytes of a re-sorted copy reach the same parameters',
    (name) => {
      const { bytes, tensors } = trained(name);
      const file = readSafetensors(bytes);
      const resorted = readSafetensors(
        writeSafetensors([...file.tensors].toSorted((a, b) => (a.name < b.name ? -1 : 1))),
      );
      const network = wanted(renamed(tensors));
      const options = { fileName: 'f', operators, mode: 'order' } as const;
      const plain = matchWeights(file, network, options);
      const again = matchWeights(resorted, network, options);
      expect(plain.rule).toMatch(/order of their data/);
      expect([...again.weights!].map(([key, { data }]) => [key, data])).toEqual(
        [...plain.weights!].map(([key, { data }]) => [key, data]),
      );
      expect([...plain.weights!.values()].map((tensor) => [tensor.name, tensor.shape])).toEqual(tensors);
    },
  );
});

describe('order', () => {
  test('numbers above nine count as numbers: 0, 3, 10, 11, not 0, 10, 11, 3', () => {
    const tensors = ['0', '3', '10', '11'].flatMap((name) => dense(name, 4, 4));
    expect(outcome(match(renamed(tensors), sortedByName(tensors)))).toEqual(tensors.map(([name]) => name));
  });

  test('sorted weights without biases still go by number', () => {
    const tensors: TensorList = ['0', '3', '10', '11'].map((name) => [`${name}.weight`, [4, 4]]);
    expect(outcome(match(renamed(tensors), sortedByName(tensors)))).toEqual(tensors.map(([name]) => name));
  });

  test('equal shapes under unrelated words, sorted by name, are refused with the pairs that could be swapped', () => {
    const tensors = [...dense('query', 4, 4), ...dense('key', 4, 4)];
    const result = match(renamed(tensors), sortedByName(tensors));
    expect(outcome(result)).toBe('weights/order');
    expect(result.diagnostics[0]!.notes).toContain('p0.weight [4, 4] could be key.weight or query.weight');
    expect(result.suggestion).toContain('key.weight -> p0.weight');
  });

  test('the same file in the order of its making is trusted', () => {
    const tensors = [...dense('query', 4, 4), ...dense('key', 4, 4)];
    expect(outcome(match(renamed(tensors), tensors))).toEqual(tensors.map(([name]) => name));
  });

  test('weights alone that happen to be in the order of the alphabet prove nothing', () => {
    const tensors: TensorList = [
      ['a.weight', [4, 4]],
      ['b.weight', [4, 4]],
    ];
    expect(outcome(match(renamed(tensors), tensors))).toBe('weights/order');
  });

  test('different shapes decide where words do not', () => {
    const tensors = [...dense('stem', 8, 4), ...dense('head', 2, 8)];
    expect(outcome(match(renamed(tensors), sortedByName(tensors)))).toEqual(tensors.map(([name]) => name));
  });

  test('batch norm parts never swap: running_mean before weight is a sign of sorting', () => {
    const part = (name: string): TensorList[number] => [`0.${name}`, [4]];
    const tensors = ['weight', 'bias', 'running_mean', 'running_var'].map(part);
    expect(outcome(match(renamed(tensors), sortedByName(tensors)))).toEqual(tensors.map(([name]) => name));
    expect(outcome(match(renamed(tensors), [tensors[2]!, tensors[3]!, tensors[0]!, tensors[1]!]))).toEqual(
      tensors.map(([name]) => name),
    );
  });

  test('foreign words for the parts of batch norm, sorted, are refused', () => {
    const tensors: TensorList = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => [`bn.${name}`, [4]]);
    expect(outcome(match(renamed(tensors), sortedByName(tensors)))).toBe('weights/order');
  });

  test('one data type after the other, each sorted, is no order of layers', () => {
    const tensors = ['0', '3', '10'].flatMap((name) => dense(name, 4, 4));
    const half = sortedByName(tensors.filter(([name]) => name.endsWith('weight')));
    const full = sortedByName(tensors.filter(([name]) => name.endsWith('bias')));
    const file = fileOf([...full, ...half], (name) => (name.endsWith('weight') ? 'F16' : 'F32'));
    const result = matchWeights(file, wanted(renamed(tensors)), { fileName: 'f', operators, mode: 'order' });
    expect(outcome(result)).toEqual(tensors.map(([name]) => name));
  });

  test('a trusted order that disagrees is refused, and the pairs that fit are suggested', () => {
    const file = [...dense('second', 2, 8), ...dense('first', 8, 4)];
    const network = renamed([...dense('first', 8, 4), ...dense('second', 2, 8)]);
    const result = match(network, file);
    expect(outcome(result)).toBe('weights/shape');
    const { weights } = match(network, file, { map: result.suggestion! });
    expect([...weights!.values()].map(({ name }) => name)).toEqual([
      'first.weight',
      'first.bias',
      'second.weight',
      'second.bias',
    ]);
  });

  test('too few and too many tensors', () => {
    const tensors = ['0', '1', '2'].flatMap((name) => dense(name, 4, 4));
    expect(outcome(match(renamed(tensors), tensors.slice(0, 4)))).toBe('weights/missing');
    expect(outcome(match(renamed(tensors.slice(0, 4)), tensors))).toBe('weights/extra');
    expect(outcome(match(renamed(tensors), sortedByName(tensors.slice(0, 4))))).toBe('weights/missing');
    expect(outcome(match(renamed(tensors.slice(0, 4)), sortedByName(tensors)))).toBe('weights/order');
    expect(outcome(match(renamed(tensors), []))).toBe('weights/missing');
  });

  test('num_batches_tracked is ignored', () => {
    const tensors: TensorList = [
      ['0.weight', [4]],
      ['0.bias', [4]],
    ];
    expect(outcome(match(renamed(tensors), [...tensors, ['0.num_batches_tracked', []]]))).toEqual([
      '0.weight',
      '0.bias',
    ]);
  });

  test('hundreds of words whose order is unknown end in a refusal, soon', () => {
    const tensors = Array.from({ length: 400 }, (_, i) =>
      dense(String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26), 113), 4, 4),
    ).flat();
    const started = performance.now();
    expect(outcome(match(renamed(tensors), sortedByName(tensors)))).toBe('weights/order');
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('no silent swap', () => {
  // Networks of two kinds of blocks whose parts have unrelated words, in an order that only their maker knows.
  const part = fc.constantFrom<TensorList>(
    [
      ['weight', [4, 4]],
      ['bias', [4]],
    ],
    [['weight', [4, 4]]],
    [
      ['weight', [4]],
      ['bias', [4]],
      ['running_mean', [4]],
      ['running_var', [4]],
    ],
    [
      ['weight', [8, 4]],
      ['bias', [8]],
    ],
  );
  const block = fc.uniqueArray(fc.tuple(fc.constantFrom('conv1', 'bn1', 'conv2', 'bn2', 'down', 'x10', 'x9'), part), {
    selector: ([word]) => word,
    minLength: 1,
    maxLength: 5,
  });
  const ascending = (parts: readonly (readonly [string, TensorList])[]) =>
    parts.every(([a], i) =>
      parts
        .slice(i)
        .every(
          ([b]) => a.replace(/\d+/, '') !== b.replace(/\d+/, '') || Number(a.match(/\d+/)) <= Number(b.match(/\d+/)),
        ),
    );

  test('a file sorted by name is paired as its maker had it, or refused', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.tuple(block.filter(ascending), block.filter(ascending)),
        fc.array(fc.nat(1), { maxLength: 5 }),
        (kinds, sequence) => {
          const blocks = sequence.map((kind, i): [string, (typeof kinds)[0]] => [
            `${['layer', 'stage'][kind]}${i}`,
            kinds[kind]!,
          ]);
          const tensors = blocks.flatMap(([name, parts]) =>
            parts.flatMap(([word, list]) =>
              list.map(([leaf, shape]): TensorList[number] => [`${name}.${word}.${leaf}`, shape]),
            ),
          );
          const result = outcome(match(renamed(tensors), sortedByName(tensors)));
          if (result === 'weights/order') return;
          accepted++;
          expect(result).toEqual(tensors.map(([name]) => name));
        },
      ),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('names and maps', () => {
  const network = [...dense('conv1', 8, 4), ...dense('constructor', 2, 8), ...dense('__proto__', 2, 2)];

  test('exact names match in any order, hostile ones as well', () => {
    expect(outcome(match(network, [...network].toReversed(), {}))).toEqual(network.map(([name]) => name));
  });

  test('a missing tensor is one error with a near name; an extra one a warning', () => {
    const file = network.map(([name, shape]): TensorList[number] => [
      name === 'conv1.bias' ? 'conv_1.bias' : name,
      shape,
    ]);
    const { diagnostics, weights } = match(network, file, {});
    expect(weights).toBeUndefined();
    expect(diagnostics.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      'weights/missing error',
      'weights/extra warning',
    ]);
    expect(diagnostics[0]!.notes).toEqual(['conv1.bias [8]   conv_1.bias?']);
  });

  test('a map of pairs with comments and quoted names', () => {
    const file = network.map(([name, shape]): TensorList[number] => [name === 'conv1.bias' ? 'a # b' : name, shape]);
    const result = match(network, file, { map: '# one pair\n"a # b" -> conv1.bias # the rest by name\n\n' });
    expect(outcome(result)).toEqual(network.map(([name]) => (name === 'conv1.bias' ? 'a # b' : name)));
  });

  test('a map may give a tensor to several parameters', () => {
    const tied = [
      ['a.weight', [2, 3]],
      ['b.weight', [2, 3]],
    ] as const;
    const result = match(tied, [['shared.weight', [2, 3]]], {
      map: 'shared.weight -> a.weight\nshared.weight -> b.weight\n',
    });
    expect(result.diagnostics).toEqual([]);
    expect(outcome(result)).toEqual(['shared.weight', 'shared.weight']);
  });

  test('mistakes in a map', () => {
    expect(() => match(network, network, { map: 'x\n' })).toThrow(
      'line 1 of the map is x, expected: file-name -> net-name',
    );
    expect(() => match(network, network, { map: 'a -> b\nc -> b' })).toThrow('line 2 of the map gives b a second time');
    const { diagnostics } = match(network, network, { map: 'conv1.wieght -> conv1.weight\nconv1.bias -> conv1.bais' });
    expect(diagnostics.map(({ notes }) => notes)).toEqual([
      ['conv1.bais   conv1.bias?'],
      ['conv1.wieght   conv1.weight?'],
    ]);
  });

  test('whole numbers are no weights', () => {
    const result = matchWeights(
      fileOf(network, () => 'I64'),
      wanted(network),
      { fileName: 'f', operators },
    );
    expect(outcome(result)).toBe('weights/dtype');
  });
});
