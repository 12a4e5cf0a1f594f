// From text to graph, report and module: nothing throws but what is documented, and what is built is a valid graph.

import { compileNetwork } from '../../../compiler/index.ts';
import { verifyGraph } from '../../../compiler/ir/verify.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { checkBudgets } from '../../../src/network/budgets.ts';
import { buildNetworks } from '../../../src/network/networks.ts';
import { corpus } from '../corpus.ts';
import { mutateText } from '../mutate.ts';
import { randomProgram } from '../program.ts';
import { expectThat, textOf, type Target } from '../target.ts';
import { checkDiagnostics, hostileText } from './parser.ts';

/** Nodes of a graph that is compiled as well. */
const SMALL = 60;

export const checkTarget: Target = {
  name: 'check',
  share: 3,
  generate(random) {
    if (random.oneIn(4)) return hostileText(random);
    const text = randomProgram(random);
    return random.oneIn(2) ? mutateText(text, random, corpus) : text;
  },
  run(input) {
    const text = textOf(input);
    // Imports find the file itself, or another one, or nothing.
    const read = (path: string): string | undefined =>
      path.includes('x') ? undefined : path.length > 12 ? text : 'block b { relu }\nconst k = 2\n';
    const { networks, diagnostics } = buildNetworks({ path: 'a.cnn', text }, { read });
    checkDiagnostics(diagnostics);
    if (hasErrors(diagnostics)) return;
    for (const network of networks) {
      const faults = verifyGraph(network.graph, operators);
      expectThat(faults.length === 0, `invalid graph: ${String(faults[0])}`);
      if (network.graph.nodes.length <= SMALL) {
        checkDiagnostics(checkBudgets(network));
        compileNetwork(network, { level: 2 });
      }
    }
  },
};
