// Whether weights that were made of several others when the module was loaded are still numbers of f32.

/**
 * Throws RangeError where finite parameters gave weights that are not finite; its cause is `passes`. `magnitudes`: what is finite unless
 * the number at `at` is 0; parts in order.
 */
export function requireFinite(
  weights: Float32Array,
  parameters: () => readonly ArrayLike<number>[],
  passes: readonly string[],
  magnitudes: readonly { readonly from: number; readonly to: number; readonly at: number }[],
): void {
  let first = 0;
  const known = magnitudes.filter(({ at }) => weights[at]! > 0);
  const isFinite = [...known, { from: weights.length, to: 0 }].every(({ from, to }) => {
    const others = weights.subarray(first, from);
    first = to;
    return areFinite(others);
  });
  if (isFinite || !parameters().every(areFinite)) return;
  throw new RangeError(
    `weights multiplied by those of the layer beside them exceed f32 (3.4e38); compile with --disable ${passes.join(',')}, which keeps the layers apart`,
    { cause: passes },
  );
}

/** Sums of differences that are 0 for finite numbers and NaN for others; four, so that none has to wait for another. */
function areFinite(numbers: ArrayLike<number>): boolean {
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
