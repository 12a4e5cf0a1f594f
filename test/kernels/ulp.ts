// The largest error of the elementary functions on vectors, over every f32: `node test/kernels/ulp.ts [function] [every]`. In units in
// the last place, against f64, with products added with two roundings and, where the host has relaxed SIMD, with one. Minutes per
// function and way; `every` = 100 tries every hundredth number only.

import { compileMapping, elementary, unitsApart } from '../support/elementary.ts';
import type { Elementary } from '../support/elementary.ts';

const [wanted, every = '1'] = process.argv.slice(2);
const chosen = elementary.filter(({ name }) => wanted === undefined || name === wanted);
if (chosen.length === 0 || !(Number(every) >= 1)) {
  console.error(`usage: node test/kernels/ulp.ts [${elementary.map(({ name }) => name).join(' | ')}] [every]`);
  process.exit(2);
}
const step = Math.floor(Number(every));
for (const one of chosen) {
  for (const fused of [false, true]) {
    const { worst, at, tried } = measure(one, fused);
    const way = fused ? 'one rounding' : 'two roundings';
    console.log(
      `${one.name}, ${way}: at most ${worst.toFixed(3)} units in the last place, at ${at} (${tried} numbers)`,
    );
  }
}

interface Measured {
  readonly worst: number;
  readonly at: number;
  readonly tried: number;
}

function measure(one: Elementary, fused: boolean): Measured {
  const length = 2 ** 18;
  const { x, y, run } = compileMapping(one, length, fused);
  const bits = new Uint32Array(x.buffer, x.byteOffset, length);
  const { reference, covers } = one;
  let [worst, at, tried, done] = [0, NaN, 0, 0];
  for (let first = 0; first < 2 ** 32; first += length * step) {
    for (let i = 0; i < length; i += 1) bits[i] = Math.min(first + i * step, 2 ** 32 - 1);
    run();
    for (let i = 0; i < length; i += 1) {
      const [from, found] = [x[i]!, y[i]!];
      const expected = reference(from);
      tried += 1;
      // A unit is at least 2^-24 of a number: most are decided without a logarithm.
      const near = Math.abs(found - expected) * 2 ** 24 <= worst * Math.abs(expected);
      if ((near && Math.abs(expected) < 3e38) || !covers(from)) continue;
      const units = unitsApart(found, expected);
      if (units > worst) [worst, at] = [units, from];
    }
    const percent = Math.floor((100 * first) / 2 ** 32);
    if (percent > done) process.stderr.write(`\r\x1b[K${one.name} ${percent} %, ${worst.toFixed(3)} at ${at}`);
    done = percent;
  }
  process.stderr.write('\r\x1b[K');
  return { worst, at, tried };
}
