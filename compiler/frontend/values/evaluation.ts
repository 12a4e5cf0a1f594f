// What evaluating an expression needs from around it, and where it reports.

import type { ConstDefinition } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { Ref, Scope, Value } from '../names/scope.ts';

export interface Evaluation {
  readonly scope: Scope;
  /** The values of the files' constants, filled as they are needed. */
  readonly constants: Map<ConstDefinition, Value | undefined>;
  readonly operators: OperatorTable;
  report(diagnostic: Diagnostic): void;
  /** Counts one unit of work; false (after a report) when there has been too much. */
  work(): boolean;
  /** One level deeper, up to `leave`; false (after a report) where that is too deep for the stack. */
  descend(): boolean;
  leave(): void;
  /** Counts the elements of a list that is made; false (after a report) when there are too many. */
  iterate(count: number, span: Span, what: string): boolean;
  /** The type of a value that flows; absent where none does yet, undefined after a mistake. */
  typeOf?(ref: Ref): TensorType | undefined;
}
