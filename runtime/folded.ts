// Whether weights that were made of several others when the module was loaded are still numbers of f32.

/** Throws RangeError where arithmetic on finite parameters gave weights that are not finite; its cause is `passes`, which did it. */
export function requireFinite(
  weights: Float32Array,
  parameters: readonly ArrayLike<number>[],
  passes: readonly string[],
): void {
  if (areFinite(weights) || !parameters.every(areFinite)) return;
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
