// The worker of what is compiled: emitted modules.

import { compile } from '../../index.ts';
import { programPath, readerOf } from '../program.ts';
import type { Compiled, CompilerCalls, CompileRequest } from '../protocol.ts';
import { serve } from './serve.ts';

const calls: CompilerCalls = {
  compile({ network, target, training, ...program }: CompileRequest): Compiled {
    return compile(program.text, {
      path: programPath,
      target,
      read: readerOf(program),
      ...(network !== undefined && { network }),
      ...(training !== undefined && { training }),
    });
  },
};

serve({ ...calls });
