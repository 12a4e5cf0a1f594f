// Imports of files whose paths are known when a bundle is written.

import { expect, test } from 'vitest';
import { fileImports, filePattern, fileSpecifier, pathFrom, placementOf } from '../../src/bundler/placement.ts';

test('files are imported where the host compiles no bytes, by modules alone', () => {
  expect(placementOf(['worker', 'workerd'], true, 'inside')).toBe('imported');
  expect(placementOf(['workerd'], false, 'inside')).toBe('inside');
  expect(placementOf(['worker', 'browser'], true, 'beside')).toBe('beside');
});

test.each([
  ['main.js', 'lenet.wasm', '"./lenet.wasm"'],
  ['main.js', 'assets/lenet.wasm', '"./assets/lenet.wasm"'],
  ['js/deep/main.js', 'assets/lenet.wasm', '"../../assets/lenet.wasm"'],
  ['assets/main.js', 'assets/lenet.wasm', '"./lenet.wasm"'],
])('from %s, %s is %s', (script, file, path) => {
  expect(pathFrom(script, file)).toBe(path);
});

test('specifiers are found in imports as bundlers write them, and nowhere else', () => {
  const script = `import a from 'cnnc-file:a_$1';import*as b from"cnnc-file:lenet-1f.wasm";
export { default } from "cnnc-file:c";
const text = "cnnc-file:d"; // from cnnc-file:e`;
  expect(fileImports(script).map(({ start, end, key }) => [key, script.slice(start, end)])).toEqual([
    ['a_$1', "'cnnc-file:a_$1'"],
    ['lenet-1f.wasm', '"cnnc-file:lenet-1f.wasm"'],
    ['c', '"cnnc-file:c"'],
  ]);
  expect(filePattern.test(fileSpecifier('lenet-1f.wasm'))).toBe(true);
  expect(filePattern.test('./cnnc-file:a')).toBe(false);
});
