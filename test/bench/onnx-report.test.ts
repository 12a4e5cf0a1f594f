// The bench of ONNX files: which models are meant, and the table that is printed.

import { expect, test } from 'vitest';
import type { OnnxResult } from './compare-onnx.ts';
import { onnxCases, onnxCasesOf } from './onnx-models.ts';
import { formatOnnx, formatOnnxTable } from './onnx-report.ts';

const timing = (engine: string, minimumMs: number) => ({ engine, runs: 7, minimumMs, medianMs: 2 * minimumMs });

const result = (model: string, web: number, differences: readonly number[]): OnnxResult => ({
  model,
  parameters: 1_234_567,
  macs: 349_151_936,
  buffers: 0,
  differences: differences.map((difference, at) => ({ engine: ['ort web', 'cnnc wasm'][at]!, difference })),
  timings: [timing('ort node', 5), timing('ort web', web), timing('cnnc wasm', 10)],
});

test('the table has the largest difference, and times as parts of those of onnxruntime-web', () => {
  const table = formatOnnxTable([result('light/a', 20, [1e-6, 3e-6]), result('trained/b', 80, [2e-7, 1e-7])]);
  expect(table.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['model', 'parameters', 'MMAC', 'difference', 'ort node', 'ort web', 'cnnc wasm', 'cnnc wasm of web'],
    ['light/a', '1,234,567', '349.2', '3.0e-6', '5.000', '20.0', '10.0', '0.50'],
    ['trained/b', '1,234,567', '349.2', '2.0e-7', '5.000', '80.0', '10.0', '0.13'],
    // √(1/2 · 1/8)
    ['geometric mean', '0.25'],
  ]);
});

test('without times there are no ratios', () => {
  const untimed = { ...result('light/a', 20, [1e-6]), timings: [] };
  expect(formatOnnx(untimed)).toMatch(/^light\/a .*\n {2}ort web +differs by 1\.0e-6$/);
  expect(formatOnnxTable([untimed]).split('\n')).toHaveLength(2);
});

const cases = onnxCases();

test.skipIf(cases.length === 0)('models are chosen by parts of their names or paths (needs ../shared/data)', () => {
  expect(cases).toHaveLength(16);
  expect(onnxCasesOf(['light']).map(({ name }) => name)).toContain('light/vgg19');
  expect(onnxCasesOf(['light_vgg19.onnx', 'mnist']).map(({ name }) => name)).toEqual([
    'light/vgg19',
    'trained/mnist-8',
  ]);
  expect(() => onnxCasesOf(['yolo'])).toThrow('there is no yolo among light/alexnet, light/densenet121');
});
