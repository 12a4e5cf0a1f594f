// Powers of two and exponents: the only arithmetic that kernels cannot say in plain JavaScript. Modules get those that they use.

export { exponent } from './exponent.ts';
export { pow2 } from './pow2.ts';
