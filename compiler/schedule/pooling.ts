// What a pooling operator does with which windows, by its name.

import { InternalError } from '../ir/invariant.ts';

export interface Pooling {
  readonly operation: 'max' | 'avg';
  readonly windows: 'sliding' | 'adaptive' | 'global';
}

export function poolingOf(op: string): Pooling {
  switch (op) {
    case 'max_pool':
      return { operation: 'max', windows: 'sliding' };
    case 'avg_pool':
      return { operation: 'avg', windows: 'sliding' };
    case 'adaptive_avg_pool':
      return { operation: 'avg', windows: 'adaptive' };
    case 'global_max_pool':
      return { operation: 'max', windows: 'global' };
    case 'global_avg_pool':
      return { operation: 'avg', windows: 'global' };
    default:
      throw new InternalError(`no kernel template pools as ${op} does`);
  }
}
