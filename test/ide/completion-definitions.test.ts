// Completion of definitions, sections, types and imports, and its snippets.

import { describe, expect, test } from 'vitest';
import { analyse } from '../../src/ide/analysis.ts';
import { itemsAt, labelsAt, taken } from './at-caret.ts';

const net =
  'network Net(classes: int = 10) {\n  input image: [1, 28, 28]\n  flatten\n  logits = dense(classes)\n  output logits\n}\n';
const errorsOf = (text: string): readonly string[] =>
  analyse({ path: 'net.cnn', text }).diagnostics.flatMap(({ severity, message }) =>
    severity === 'error' ? [message] : [],
  );
const sorted = (labels: readonly string[]): readonly string[] => labels.toSorted();

describe('definitions', () => {
  test('are all six at the top level', () => {
    expect(sorted(labelsAt('▮'))).toEqual(['block', 'const', 'expect', 'import', 'network', 'train']);
    expect(labelsAt(`${net}▮`)).toHaveLength(6);
  });

  test('a keyword that is half written is completed', () => {
    expect(labelsAt('netw▮')).toEqual(['network']);
  });

  test('snippets of them are correct text', () => {
    expect(errorsOf(taken('▮', 'network').replace('[1, 28, 28]\n\n  ', '[1, 28, 28]\n\n  flatten'))).toEqual([]);
    expect(errorsOf(taken(`▮\n${net}`, 'block').replace('{\n  \n', '{\n  relu\n'))).toEqual([]);
    expect(errorsOf(taken(`${net}▮`, 'train'))).toEqual([]);
    const body = (statement: string): string => net.replace('flatten', `${statement}\n  flatten`);
    expect(errorsOf(taken(body('▮'), 'parallel').replaceAll('path \n', 'path relu\n'))).toEqual([]);
    expect(errorsOf(taken(body('▮'), 'repeat').replace('2 {  }', '2 { relu }'))).toEqual([]);
    expect(errorsOf(taken(body('▮'), 'for').replace('{  }', '{ relu }'))).toEqual([]);
  });

  test('of networks and blocks get names that are free', () => {
    expect(labelsAt('network ▮')).toContain('Net');
    expect(labelsAt(`${net}network ▮`)).not.toContain('Net');
    expect(labelsAt('network A {\n  input ▮')).toEqual(expect.arrayContaining(['image', 'x']));
    expect(labelsAt('block ▮').every((name) => /^\w+$/.test(name))).toBe(true);
  });

  test('signs follow where the grammar has nothing else', () => {
    expect(sorted(labelsAt('network Net ▮'))).toEqual(['(', '=', '{']);
    expect(labelsAt('network Net(a: int) ▮')).toEqual(['{']);
    expect(labelsAt('block unit(a▮')).toContain(':');
    expect(labelsAt('network A {\n  input x: ▮')).toEqual(['[']);
    expect(labelsAt('network A {\n  input x: [1, 2]\n  for i ▮')).toEqual(['in']);
    expect(labelsAt('import { a } ▮')).toEqual(['from']);
    expect(labelsAt('network A {\n  input x: [1, 2]\n  parallel add ▮')).toEqual(['{', '(']);
  });
});

describe('parameters', () => {
  test('have types', () => {
    const labels = labelsAt('block unit(channels: ▮');
    expect(sorted(labels)).toEqual(['(int, int)', '[int]', 'block', 'bool', 'float', 'int', 'size', 'string']);
    expect(labels[0]).toBe('int');
    expect(labelsAt('block unit(act: ▮')[0]).toBe('block');
  });

  test('have usual names and defaults', () => {
    expect(labelsAt('block unit(▮')[0]).toBe('channels');
    expect(labelsAt('network Net(size: int = ▮').slice(0, 10)).toEqual(expect.arrayContaining(['224', '32', '28']));
  });
});

describe('parallel', () => {
  test('has a join', () => {
    expect(labelsAt('network A {\n  input x: [1, 2]\n  parallel ▮').slice(0, 3)).toEqual(['concat', 'add', 'mul']);
  });

  test('has paths, and nothing else', () => {
    expect(labelsAt('block a {\n  parallel add {\n    ▮')).toEqual(['path', '}']);
    const labels = labelsAt('block a {\n  parallel add {\n    path ▮');
    expect(labels).toEqual(expect.arrayContaining(['conv', 'identity', 'shortcut', '{']));
  });
});

describe('imports', () => {
  test('are of paths, each once', () => {
    const labels = labelsAt('import { unit } from "./blocks.cnn"\nimport { head } from "▮"\n');
    expect(labels).toEqual(['cnnc:blocks', './blocks.cnn']);
  });

  test('of the library are its blocks', () => {
    const items = itemsAt('import { ▮ } from "cnnc:blocks"\n');
    expect(items.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['bottleneck', 'squeeze_excite', 'conv_norm']),
    );
    expect(items[0]).toMatchObject({ kind: 'block' });
    expect(labelsAt('import { bottleneck, ▮ } from "cnnc:blocks"\n')).not.toContain('bottleneck');
  });

  test('of a file are what it defines', () => {
    const read = (): string => 'block one { relu }\nblock two { relu }\nnetwork Whole { input x: [1]\n dense(1) }';
    expect(sorted(labelsAt('import { one, ▮ } from "./blocks.cnn"\n', read))).toEqual(['Whole', 'two']);
  });

  test('have a path', () => {
    expect(labelsAt('import { bottleneck } from ▮')[0]).toBe('"cnnc:blocks"');
    expect(taken('import { bottleneck } from "cn▮"', 'cnnc:blocks')).toBe('import { bottleneck } from "cnnc:blocks"');
  });
});

describe('sections', () => {
  test('name networks of the file', () => {
    expect(labelsAt(`${net}train ▮`)).toEqual(['Net']);
    expect(labelsAt(`${net}expect ▮`)).toEqual(['Net']);
  });

  test('of training have settings that are not given yet', () => {
    const labels = labelsAt(`${net}train Net {\n  loss: cross_entropy\n  ▮\n}`);
    expect(labels).toEqual(expect.arrayContaining(['optimizer', 'batch', 'epochs', 'schedule', 'augment', 'init']));
    expect(labels).not.toContain('loss');
  });

  test('of training have words with arguments', () => {
    expect(labelsAt(`${net}train Net { optimizer: ▮`)).toEqual([
      'sgd',
      'adam',
      'adamw',
      'rmsprop',
      'adagrad',
      'adadelta',
    ]);
    expect(taken(`${net}train Net { optimizer: ▮ }`, 'sgd')).toContain('optimizer: sgd(0.1) }');
    expect(labelsAt(`${net}train Net { optimizer: sgd(learning_rate: 0.1, ▮`).slice(0, 10)).toEqual(
      expect.arrayContaining(['momentum', 'weight_decay', 'nesterov']),
    );
    expect(labelsAt(`${net}train Net { augment: random_crop(28) -> ▮`)).toContain('random_flip');
  });

  test('of training have the outputs of the network behind `of`', () => {
    const two = 'network Two {\n  input x: [8]\n  a = dense(3)\n  b = x -> dense(4)\n  output a\n  output b\n}\n';
    expect(labelsAt(`${two}train Two { loss: cross_entropy(of: ▮`)).toEqual(['a', 'b']);
    expect(labelsAt(`${two}network C = Two()\ntrain C {\n  loss: cross_entropy(of: a) + 2 * huber(of: ▮)\n}`)).toEqual([
      'a',
      'b',
    ]);
  });

  test('are offered behind a setting that lacks its colon', () => {
    expect(labelsAt(`${net}train Net { loss cross_entropy ▮ }`)).toEqual(
      expect.arrayContaining(['optimizer', 'batch']),
    );
  });

  test('of budgets have quantities, comparisons, and the figures that the network has', () => {
    expect(labelsAt(`${net}expect Net { ▮ }`)).toEqual(
      expect.arrayContaining(['parameters', 'macs', 'output', 'peak_memory']),
    );
    expect(labelsAt(`${net}expect Net { macs ▮ }`)).toEqual(expect.arrayContaining(['==', '<=']));
    // 784 · 10 weights and 10 biases.
    expect(labelsAt(`${net}expect Net { parameters == ▮ }`)).toEqual(['7_850']);
    expect(labelsAt(`${net}expect Net { macs <= ▮ }`)).toEqual(['7_840']);
    expect(taken(`${net}expect Net { output == ▮ }`, '[10]')).toContain('output == [10] }');
  });

  test('of an input and an output have their settings', () => {
    const labels = labelsAt('network A {\n  input x: [3, 8, 8] { scale: 1/255 ▮');
    expect(labels).toEqual(expect.arrayContaining(['resize', 'crop', 'mean', 'std', 'colors']));
    expect(labels).not.toContain('scale');
    expect(labelsAt('network A {\n  input x: [3, 8, 8] { fit: ▮')).toEqual(['stretch', 'cover', 'contain']);
    expect(labelsAt(net.replace('output logits', 'output logits { ▮ }'))).toContain('labels');
  });
});

describe('nothing', () => {
  test('is offered in comments and texts', () => {
    expect(labelsAt('// net▮')).toEqual([]);
    expect(labelsAt('/// net▮\nnetwork A { }')).toEqual([]);
    expect(labelsAt('/* net▮ */')).toEqual([]);
    expect(labelsAt('const names = ["ca▮"]')).toEqual([]);
  });
});
