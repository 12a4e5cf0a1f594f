// The sum of a list of numbers.

export const sumOf = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
