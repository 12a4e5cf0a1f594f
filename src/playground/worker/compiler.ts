// The worker of what is compiled: emitted modules.

import { compile } from '../../index.ts';
import { programPath } from '../protocol.ts';
import type { Compiled, CompilerCalls, CompileRequest } from '../protocol.ts';
import { serve } from './serve.ts';

const calls: CompilerCalls = {
  compile({ text, network, target, training }: CompileRequest): Compiled {
    return compile(text, {
      path: programPath,
      target,
      ...(network !== undefined && { network }),
      ...(training !== undefined && { training }),
    });
  },
};

serve({ ...calls });
