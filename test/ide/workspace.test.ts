// Which analysis a workspace answers with: of the text as it is now, made once, with the imports that are open.

import { expect, test } from 'vitest';
import { languageService } from '../../src/ide/service.ts';

const good = 'network Net {\n  input image: [1, 28, 28]\n  conv(6, kernel: 5)\n}\n';
const bad = good.replace('conv', 'cnov');
const user = 'import { twice } from "./blocks.cnn"\nnetwork Net {\n  input image: [1, 28, 28]\n  twice\n}\n';
const blocks = (operator: string): string => `block twice {\n  ${operator} -> ${operator}\n}\n`;

test('an analysis is made once for a text, and again for another one', () => {
  const service = languageService();
  expect(service.analysis('net.cnn')).toBeUndefined();
  service.open('net.cnn', good);
  const first = service.analysis('net.cnn');
  service.change('net.cnn', good);
  expect(service.analysis('net.cnn')).toBe(first);
  service.change('net.cnn', bad);
  expect(service.analysis('net.cnn')).not.toBe(first);
  expect(service.diagnostics('net.cnn').map(({ code }) => code)).toEqual(['name/unknown-step']);
});

test('the last analysis without errors is kept', () => {
  const service = languageService();
  service.open('net.cnn', bad);
  expect(service.lastGood('net.cnn')).toBeUndefined();
  service.change('net.cnn', good);
  const first = service.lastGood('net.cnn');
  expect(first?.networks.map(({ name }) => name)).toEqual(['Net']);
  service.change('net.cnn', bad);
  expect(service.lastGood('net.cnn')).toBe(first);
});

test('an import is read from the open text, and a change of it is seen by its importers', () => {
  const service = languageService({ read: (path) => (path === 'blocks.cnn' ? blocks('relu') : undefined) });
  const operators = () => service.analysis('net.cnn')?.networks.flatMap(({ graph }) => graph.nodes.map(({ op }) => op));
  service.open('net.cnn', user);
  expect(operators()).toEqual(['relu', 'relu']);
  const first = service.analysis('net.cnn');
  service.open('blocks.cnn', blocks('relu'));
  expect(service.analysis('net.cnn')).toBe(first);
  service.change('blocks.cnn', blocks('tanh'));
  expect(operators()).toEqual(['tanh', 'tanh']);
  service.close('blocks.cnn');
  expect(operators()).toEqual(['relu', 'relu']);
});

test('an import that appears is seen', () => {
  const service = languageService();
  service.open('net.cnn', user);
  expect(service.diagnostics('net.cnn').map(({ code }) => code)).toEqual(['import/not-found']);
  service.open('blocks.cnn', blocks('relu'));
  expect(service.diagnostics('net.cnn')).toEqual([]);
});

test('of a file that is not open there is nothing to say', () => {
  const service = languageService();
  service.open('net.cnn', good);
  service.close('net.cnn');
  expect(service.analysis('net.cnn')).toBeUndefined();
  expect(service.lastGood('net.cnn')).toBeUndefined();
  expect(service.diagnostics('net.cnn')).toEqual([]);
});
