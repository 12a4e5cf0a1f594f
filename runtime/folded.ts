// Whether weights that were computed from others when the module was loaded are still numbers of f32.

/** Throws RangeError where arithmetic on finite parameters gave weights that are not finite. */
export function requireFinite(weights: Float32Array, parameters: readonly Float32Array[]): void {
  if (areFinite(weights) || !parameters.every(areFinite)) return;
  throw new RangeError(
    'weights times the batch norm or scale behind them exceed f32 (3.4e38); compile with --disable fold-scale, which keeps them apart',
    { cause: 'fold-scale' },
  );
}

/** A finite number times 0 is 0, any other NaN. Four sums, none of which waits for another. */
function areFinite(numbers: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = numbers.length - (numbers.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (numbers[i] as number) * 0;
    b += (numbers[i + 1] as number) * 0;
    c += (numbers[i + 2] as number) * 0;
    d += (numbers[i + 3] as number) * 0;
  }
  for (let i = whole; i < numbers.length; i++) a += (numbers[i] as number) * 0;
  return a + b + c + d === 0;
}
