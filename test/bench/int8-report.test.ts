import { expect, test } from 'vitest';
import { isNear } from './compare-int8.ts';
import type { Int8Result } from './compare-int8.ts';
import { formatInt8, formatInt8Ratios } from './int8-report.ts';

const result: Int8Result = {
  network: 'LeNet',
  dots: 'pairs',
  macs: 416_520,
  timings: [
    { engine: 'cnnc f32', runs: 70, minimumMs: 0.032, medianMs: 0.033, decibels: 134.6 },
    { engine: 'cnnc int8', runs: 72, minimumMs: 0.016, medianMs: 0.017, decibels: 49.34 },
  ],
  toOwnF32: 0.5,
  toPeerInt8: 0.125,
};

test('a line for each engine says its time, its rate and how near it is', () => {
  expect(formatInt8(result).split('\n')).toEqual([
    'LeNet        0.4 MMAC, dot products of bytes: pairs',
    '  cnnc f32           0.032 ms  median    0.033 ms   13.02 GMAC/s    70 samples   134.6 dB',
    '  cnnc int8          0.016 ms  median    0.017 ms   26.03 GMAC/s    72 samples    49.3 dB',
  ]);
});

test('means are of the networks that the peer has', () => {
  const { toPeerInt8: _, ...alone } = result;
  expect(formatInt8Ratios([result, { ...alone, network: 'ConvNeXt-T', toOwnF32: 0.125 }]).split('\n')).toEqual([
    'cnnc int8         of its f32  of litert int8',
    'LeNet                   0.50            0.13',
    'ConvNeXt-T              0.13               –',
    'geometric mean          0.25            0.13',
  ]);
});

test('whole numbers are near from 15 dB, f32 from 80', () => {
  const timing = (engine: string, decibels: number) => ({ ...result.timings[0]!, engine, decibels });
  expect(isNear(timing('litert int8', 15))).toBe(true);
  expect(isNear(timing('litert int8', 14.9))).toBe(false);
  expect(isNear(timing('ort web', 79))).toBe(false);
  expect(isNear(timing('ort web', NaN))).toBe(false);
});
