// Where a caller's arrays meet a pass: how many images there are, what a result goes to, and what `run` gives back.

import type { Program } from '../program/program.ts';
import { keyLiteral, propertyOf } from './literals.ts';

export interface Border {
  /** Expression for the array of an input. */
  readonly inputs: readonly string[];
  /** Statements that check `x` and `options`, define `batch` and y0, y1, …, and keep `x` apart from these. */
  readonly prologue: readonly string[];
  /** Expression for what `run` returns. */
  readonly result: string;
}

/** Of `run(x, options)`: `x` and the result are arrays, or objects by name where there are several. */
export function borderOf({ inputs, outputs }: Program, typed: boolean): Border {
  const cast = typed ? ' as TensorSpec' : '';
  const into = (index: number): string =>
    outputs.length === 1 ? 'options?.into' : propertyOf('options?.into?', outputs[index]!.name).replace('?[', '?.[');
  const batch = inputs.length === 1 ? `batchOf(x, inputTensors[0]${cast})` : 'sameBatch(x, inputTensors)';
  // Of a small array that is new the engine would make a buffer only to compare it.
  const given = outputs.map((_, index) => `${into(index)}?.buffer`);
  const hasMany = inputs.length > 1 && outputs.length > 1;
  const share = (input: string): string =>
    hasMany ? `given.has(${input}.buffer)` : given.map((buffer) => `${buffer} === ${input}.buffer`).join(' || ');
  const apart = (input: string): string => `${share(input)} ? ${input}.slice() : ${input}`;
  const values = outputs.map(({ name }, index) => `${keyLiteral(name)}: y${index}`);
  return {
    inputs: inputs.map(({ name }) => (inputs.length === 1 ? 'x' : propertyOf('x', name))),
    prologue: [
      `const batch = ${batch};`,
      // A caller who gives the array itself would wait for numbers in it.
      `if (ArrayBuffer.isView(${outputs.length === 1 ? 'options' : 'options?.into'})) throw new TypeError("${misplaced(outputs.length)}");`,
      ...outputs.map(
        (_, index) => `const y${index} = resultArray(${into(index)}, outputTensors[${index}]${cast}, batch);`,
      ),
      // The next images must not be read where results of others stand.
      ...(hasMany ? [`const given = new Set([${given.join(', ')}]);`] : []),
      inputs.length === 1
        ? `x = ${apart('x')};`
        : `x = { ${inputs.map(({ name }) => `${keyLiteral(name)}: ${apart(propertyOf('x', name))}`).join(', ')} };`,
    ],
    result: outputs.length === 1 ? 'y0' : `{ ${values.join(', ')} }`,
  };
}

/** What is said of an array in place of the object that has it. */
const misplaced = (outputs: number): string =>
  outputs === 1 ? 'results go to { into: array }' : 'into takes an object with an array for each output';

/** Each line moved `by` blanks to the right. */
export const indented = (lines: readonly string[], by: number): readonly string[] =>
  lines.map((line) => `${' '.repeat(by)}${line}`);
