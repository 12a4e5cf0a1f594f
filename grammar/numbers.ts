// Which numbers the language has: whole ones that are exact, and others that networks can compute with, in f32.

/** Whether the language has the number: a whole one up to 2^53 − 1, another up to 3.4e38, the largest of f32. */
export const isRepresentable = (value: number, whole: boolean): boolean =>
  whole ? Number.isSafeInteger(value) : Number.isFinite(Math.fround(value));

export const largestNumbers = 'whole numbers up to 2^53 − 1, others up to 3.4e38';
