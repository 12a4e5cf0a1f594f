// What a training minimises, in a `train` section: one loss, or a sum of those of several outputs,
// `cross_entropy(of: scores) + 0.5 * huber(of: boxes)`.

import type { Argument, Expression, Identifier } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Attributes, Graph } from '../../ir/graph.ts';
import { unknownName } from '../names/foreign.ts';
import { didYouMean, problem } from '../report.ts';
import type { Reporter } from '../report.ts';
import { suggest } from '../../../grammar/suggest.ts';
import type { Evaluation } from '../values/evaluation.ts';

/** A named choice with its arguments, all filled in: `sgd(learning_rate: 0.9, momentum: 0, weight_decay: 0)`. */
export interface Choice {
  readonly name: string;
  readonly arguments: Attributes;
}

/** A loss; or, of the name `sum`, those of outputs. */
export interface LossChoice extends Choice {
  readonly parts?: readonly NamedLoss[];
}

/** How much the loss of an output counts. */
export interface NamedLoss {
  readonly of: string;
  readonly factor: number;
  readonly loss: Choice;
}

interface Losses {
  readonly loss: LossChoice;
  /** The names of the outputs, as they are written. */
  readonly outputs?: readonly Identifier[];
}

type Call = Extract<Expression, { kind: 'call' }>;

interface Term {
  readonly factor: number;
  readonly call: Call;
  readonly of: readonly Argument[];
}

const EXAMPLE = 'cross_entropy(of: scores) + 0.5 * huber(of: boxes)';

/** How the parts of a sum are read; undefined after reporting what is wrong. */
interface Readers {
  choose(call: Call, at: Evaluation): Choice | undefined;
  factor(value: Expression): number | undefined;
}

/**
 * The losses of an expression. Undefined after reporting what is wrong, and 'one' where no output is named, by which it is one loss like any
 * other.
 */
export function namedLosses(value: Expression, readers: Readers, at: Evaluation): Losses | undefined | 'one' {
  const isSum = value.kind === 'binary';
  if (!isSum && !(value.kind === 'call' && ofIn(value).length > 0)) return 'one';
  const terms = termsOf(value, readers, at);
  if (!terms) return undefined;
  const parts: NamedLoss[] = [];
  const outputs: Identifier[] = [];
  for (const {
    factor,
    call,
    of: [of, second],
  } of terms) {
    let isMistaken = false;
    const report: Evaluation['report'] = (diagnostic) => {
      isMistaken = true;
      at.report(diagnostic);
    };
    const loss = readers.choose(call, { ...at, report });
    if (!loss || isMistaken) continue;
    const wrong = (found: string, message: string, expected: string): void =>
      at.report(
        problem('setting/value', (second ?? of ?? call).span, message, {
          found,
          expected,
          fixes: [{ message: `loss: ${EXAMPLE}` }],
        }),
      );
    const name = of?.value;
    if (second) wrong(textOf(second.span), `\`${call.callee.name}\` is given \`of\` twice`, 'a loss for each output');
    else if (!name)
      wrong(textOf(call.span), 'of several losses, each says of which output it is', `${call.callee.name}(of: OUTPUT)`);
    else if (name.kind !== 'name')
      wrong(textOf(name.span), '`of` is the name of an output', 'a name, as in `output scores`');
    else if (outputs.some((other) => other.name === name.name))
      wrong(textOf(call.span), `\`${name.name}\` has two losses`, 'one loss for each output');
    else if (loss.arguments['reduction'] === 'sum')
      wrong('reduction: sum', 'the loss of a named output is a mean', 'no `reduction`; a factor makes it count more');
    else {
      parts.push({ of: name.name, factor, loss });
      outputs.push(name);
    }
  }
  return { loss: { name: 'sum', arguments: {}, parts }, outputs };
}

const ofIn = ({ arguments: given }: Call): readonly Argument[] => given.filter(({ name }) => name?.name === 'of');

/** The terms of a sum; undefined after reporting what is none. */
function termsOf(value: Expression, readers: Readers, at: Evaluation): readonly Term[] | undefined {
  if (value.kind === 'binary' && value.operator === '+') {
    const [left, right] = [termsOf(value.left, readers, at), termsOf(value.right, readers, at)];
    return left && right && [...left, ...right];
  }
  const [number, loss] =
    value.kind === 'binary' && value.operator === '*' ? [value.left, value.right] : [undefined, value];
  const call: Call | undefined =
    loss.kind === 'call'
      ? loss
      : loss.kind === 'name'
        ? { kind: 'call', callee: loss, arguments: [], span: loss.span }
        : undefined;
  const factor = !call ? NaN : number === undefined ? 1 : readers.factor(number);
  if (factor === undefined) return undefined;
  // As steps compute it.
  const rounded = Math.fround(factor);
  if (call && rounded > 0 && Number.isFinite(rounded)) {
    const of = ofIn(call);
    const given = call.arguments.filter((argument) => !of.includes(argument));
    return [{ factor, call: { ...call, arguments: given }, of }];
  }
  at.report(
    problem('setting/value', value.span, '`loss` is a loss, or a sum of losses with factors above 0', {
      found: textOf(value.span),
      expected: EXAMPLE,
      fixes: [{ message: `loss: ${EXAMPLE}` }],
    }),
  );
  return undefined;
}

/** Reports losses of outputs that the network does not have. */
export function checkLossOutputs(named: readonly Identifier[], { name, outputs }: Graph, reporter: Reporter): void {
  const known = outputs.map((output) => output.name);
  for (const output of named) {
    if (known.includes(output.name)) continue;
    const nearest = suggest(output.name, known);
    reporter.report({
      ...unknownName(output, known, 'output'),
      expected: `an output of ${name}: ${known.join(', ')}`,
      fixes: [nearest === undefined ? { message: `add \`output ${output.name}\`` } : didYouMean(output.span, nearest)],
    });
  }
}
