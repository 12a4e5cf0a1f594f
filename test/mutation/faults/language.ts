// Faults in the grammar, in the front end, and in the analyses that reports and budgets rest on.

import type { Fault } from '../fault.ts';

const values = ['test/frontend/values.test.ts'];

export const languageFaults: readonly Fault[] = [
  {
    name: 'a file may expand to ten times as much',
    file: 'compiler/frontend/expand/budget.ts',
    find: 'EXPANSION_LIMIT = 100_000',
    replace: 'EXPANSION_LIMIT = 1_000_000',
    tests: ['test/frontend/budget.test.ts'],
  },
  {
    name: 'the limit of expansion counts each loop for itself',
    file: 'compiler/frontend/expand/budget.ts',
    find: 'expanded += count;',
    replace: 'expanded = count;',
    tests: ['test/frontend/budget.test.ts'],
  },
  {
    name: 'a range has its end',
    file: 'compiler/frontend/values/evaluate.ts',
    find: 'const count = Math.max(0, end - start);',
    replace: 'const count = Math.max(0, end - start + 1);',
    tests: values,
  },
  {
    name: "a remainder has the dividend's sign",
    file: 'compiler/frontend/values/evaluate.ts',
    find: 'left.value - right.value * Math.floor(left.value / right.value)',
    replace: 'left.value % right.value',
    tests: values,
  },
  {
    name: 'a budget must be undercut',
    file: 'compiler/frontend/values/evaluate.ts',
    find: 'return left <= right;',
    replace: 'return left < right;',
    tests: ['test/frontend/comparisons.test.ts'],
  },
  {
    name: 'one output of the expected shape is enough',
    file: 'compiler/frontend/sections/expect.ts',
    find: 'measured.outputs.every(',
    replace: 'measured.outputs.some(',
    tests: ['test/frontend/comparisons.test.ts'],
  },
  {
    name: 'two layers share a name',
    file: 'compiler/frontend/expand/naming.ts',
    find: "full += `'${taken.size}`;",
    replace: '',
    tests: ['test/frontend/naming.test.ts'],
  },
  {
    name: 'labels in loops are not numbered',
    file: 'compiler/frontend/expand/naming.ts',
    find: '(looped ? numbered(label, span) : claim(label, span))',
    replace: 'claim(label, span)',
    tests: ['test/frontend/naming.test.ts'],
  },
  {
    name: 'an argument named constructor finds what every object has',
    file: 'compiler/frontend/values/arguments.ts',
    find: 'return foreign && Object.hasOwn(foreign, name) ? foreign[name] : undefined;',
    replace: 'return foreign?.[name];',
    tests: ['test/frontend/flow.test.ts'],
  },
  {
    name: 'differences group to the right',
    file: 'grammar/build-expression.ts',
    find: 'const right = binary(own + 1, () => prefixed(0));',
    replace: 'const right = binary(own, () => prefixed(0));',
    tests: ['test/grammar/golden.test.ts', ...values],
  },
  {
    name: 'a KiB has 1000 bytes',
    file: 'grammar/build-literal.ts',
    find: "['KiB', { exponent: '', factor: 2 ** 10 }]",
    replace: "['KiB', { exponent: '', factor: 1000 }]",
    tests: ['test/grammar/golden.test.ts', ...values],
  },
  {
    name: 'hostile names are printed raw',
    file: 'grammar/terminal.ts',
    find: 'return text.replace(CONTROLS, (character) => `\\\\u{${character.codePointAt(0)!.toString(16)}}`);',
    replace: 'return text;',
  },
  {
    name: 'the first character of a line belongs to the line before',
    file: 'grammar/source.ts',
    find: 'if (starts[middle]! <= offset) low = middle;',
    replace: 'if (starts[middle]! < offset) low = middle;',
  },
  {
    name: 'a suggestion may differ in half its letters',
    file: 'grammar/suggest.ts',
    find: 'Math.floor(Math.max(word.length, candidate.length, 3) / 3)',
    replace: 'Math.floor(Math.max(word.length, candidate.length, 3) / 2)',
    tests: ['test/grammar/suggest.test.ts'],
  },
  {
    name: 'a receptive field starts behind its padding',
    file: 'compiler/analysis/receptive-field.ts',
    find: 'start[at] - padding[at] * jump[at]',
    replace: 'start[at] + padding[at] * jump[at]',
  },
  {
    name: 'a receptive field ignores dilation',
    file: 'compiler/analysis/receptive-field.ts',
    find: '(kernel[at] - 1) * dilation[at] * jump[at]',
    replace: '(kernel[at] - 1) * jump[at]',
  },
  {
    name: 'a shared parameter counts twice',
    file: 'compiler/analysis/cost.ts',
    find: 'parameters: parametersIn(graph.nodes.flatMap(({ operands }) => operands)),',
    replace: 'parameters: sum(costs.map(({ parameters }) => parameters)),',
  },
  {
    name: 'the memory of an output is free after its last reader',
    file: 'compiler/analysis/memory.ts',
    find: 'for (const { value } of graph.outputs) use(value, graph.nodes.length);',
    replace: '',
  },
];
