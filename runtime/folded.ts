// Whether weights that were computed from others when the module was loaded are still numbers of f32.

/** Throws RangeError where arithmetic on finite parameters gave weights that are not finite. */
export function requireFinite(weights: Float32Array, parameters: readonly Float32Array[]): void {
  if (areFinite(weights) || !parameters.every(areFinite)) return;
  throw new RangeError(
    'weights times the batch norm or scale behind them exceed f32 (3.4e38); compile with --disable fold-scale, which keeps them apart',
    { cause: 'fold-scale' },
  );
}

/** Sums of differences that are 0 for finite numbers and NaN for others; four, so that none has to wait for another. */
function areFinite(numbers: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const less = (i: number): number => (numbers[i] as number) - (numbers[i] as number);
  const whole = numbers.length - (numbers.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += less(i);
    b += less(i + 1);
    c += less(i + 2);
    d += less(i + 3);
  }
  for (let i = whole; i < numbers.length; i++) a += less(i);
  return a + b + c + d === 0;
}
