// What is known of a value while the graph is built: its shape, and the step that made it so.

import type { Span } from '../../../grammar/source.ts';
import type { Attributes, ValueId } from '../../ir/graph.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import type { NodeItem } from '../expand/expansion.ts';

/** What is known of a value while building: how it came about, for the chain of shapes in messages. */
export interface Known {
  readonly value: ValueId;
  readonly type: TensorType;
  readonly name: string;
  readonly span: Span;
  /** The step that made it; absent for inputs. */
  readonly made?: { readonly item: NodeItem; readonly attributes: Attributes; readonly inputs: readonly Known[] };
}
