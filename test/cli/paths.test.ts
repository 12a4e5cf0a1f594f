// Paths of Windows are those with `/` from the command line on; what Node's own functions for Windows say of them is what is expected.

import { posix, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { besideFor, requestOf } from '../../src/bundler/request.ts';
import { argumentSlashed, besides, folderOf, isInside, nameOf, relativeTo, slashed } from '../../src/cli/paths.ts';

test('only the separator of the system is one', () => {
  expect(slashed('nets\\lenet.cnn', win32.sep)).toBe('nets/lenet.cnn');
  expect(slashed('nets\\lenet.cnn', posix.sep)).toBe('nets\\lenet.cnn');
  expect(argumentSlashed('C:\\nets\\lenet.cnn:LeNet', win32.sep)).toBe('C:/nets/lenet.cnn:LeNet');
  expect(argumentSlashed('name="a\\nb"', win32.sep)).toBe('name="a\\nb"');
});

test.each(['C:\\work\\nets\\lenet.cnn', 'C:\\lenet.cnn', 'nets\\lenet.cnn', '\\\\server\\share\\lenet.cnn'])(
  '%s',
  (path) => {
    const own = slashed(path, win32.sep);
    const same = (expected: string): string => slashed(expected, win32.sep);
    expect(nameOf(own)).toBe(win32.basename(path));
    expect(win32.normalize(`${folderOf(own)}/`)).toBe(win32.normalize(`${win32.dirname(path)}\\`));
    expect(besides(own, 'blocks/heads.cnn')).toBe(same(win32.join(win32.dirname(path), 'blocks\\heads.cnn')));
    const [request] = [requestOf(`${path}?network=LeNet`, win32.sep)];
    expect(request).toEqual({ path: own, query: 'network=LeNet', part: 'module' });
    expect(besideFor(request!, 'weights')).toBe('./lenet.cnn?network=LeNet&cnnc-part=weights');
  },
);

test('a folder inside another one', () => {
  for (const [folder, path] of [
    ['C:\\', 'C:\\nets\\a.cnn'],
    ['C:\\nets', 'C:\\nets\\a.cnn'],
    ['C:\\nets', 'C:\\netsuke\\a.cnn'],
    ['C:\\nets', 'D:\\nets\\a.cnn'],
  ] as const) {
    const way = win32.relative(folder, path);
    const expected = !win32.isAbsolute(way) && !way.startsWith('..');
    expect([path, isInside(slashed(path, win32.sep), slashed(folder, win32.sep))]).toEqual([path, expected]);
  }
  for (const [folder, path, expected] of [
    ['/', '/a.cnn', true],
    ['/nets', '/nets/a.cnn', true],
    ['/nets', '/netsuke/a.cnn', false],
  ] as const)
    expect(isInside(path, folder)).toBe(expected);
});

test('the way from a file to another one', () => {
  for (const [from, to] of [
    ['nets\\a.cnn', 'nets\\b.cnn'],
    ['nets\\deep\\a.cnn', 'heads\\b.cnn'],
    ['a.cnn', 'nets\\b.cnn'],
  ] as const)
    expect(relativeTo(slashed(from, win32.sep), slashed(to, win32.sep))).toBe(
      slashed(win32.relative(win32.dirname(from), to), win32.sep),
    );
});
