// How examples of operators' rules are written: a network that breaks the rule and the same network put right.

/** Why a constraint is there, a network that breaks it, and the same network put right. */
export interface RuleExample {
  readonly explanation: string;
  /** Absent where no text can break the rule. */
  readonly bad?: string;
  readonly good?: string;
  /** The code that is reported, where it is another one: what is too large is `limit/elements` whatever makes it. */
  readonly reportedAs?: string;
}

/**
 * The examples of an operator's rules, C1, C2, …, from its name. They are a function beside the operator, called by tools alone, so that
 * bundles of the compiler leave them out.
 */
export type RuleExamples = (name: string) => Readonly<Record<string, RuleExample>>;

/** A network of these steps on one input. */
export const network = (input: string, ...steps: readonly string[]): string =>
  `network A {\n${[`input x: ${input}`, ...steps].map((line) => `  ${line}\n`).join('')}}\n`;

/** A rule that one step breaks. */
export function step(explanation: string, input: string, bad: string, good: string): RuleExample {
  return { explanation, bad: network(input, bad), good: network(input, good) };
}

/** Operators on [C, H, W] after a flatten. */
export function image(call: string): RuleExample {
  return {
    explanation: 'It works on channels of height and width; after flatten there is only a list of features.',
    bad: network('[4, 8, 8]', 'flatten', call),
    good: network('[4, 8, 8]', call, 'flatten'),
  };
}

/** Results, and weights, have an index of 31 bits. */
export function size(input: string, bad: string, good: string, weights = false): RuleExample {
  return {
    explanation: `${weights ? 'Weights and results' : 'Results'} are addressed with 32-bit numbers, and no machine would have the memory. It is reported as limit/elements.`,
    bad: network(input, bad),
    good: network(input, good),
    reportedAs: 'limit/elements',
  };
}

/** An operator whose kernel is larger than the image. `rest`: arguments before it. */
export const window = (name: string, rest: string): RuleExample =>
  step(
    'The window slides over the image and its padding, so it cannot be larger: image + padding before and after must be at least the kernel (with dilation d, d·(kernel − 1) + 1).',
    '[4, 4, 4]',
    `${name}(${rest}kernel: 5)`,
    `${name}(${rest}kernel: 5, padding: 2)`,
  );
