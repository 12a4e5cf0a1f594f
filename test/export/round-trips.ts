// `node test/export/round-trips.ts`: every example goes to ONNX and comes back as the same network; the published graphs and trained models
// of ../shared/data are imported, exported and imported again, and the second text is the first.
// Exit code 1 where one is not the same.

import { exampleNetworks } from '../support/examples-list.ts';
import { formulaWeights } from '../support/formula.ts';
import { roundTripDifference } from '../support/round-trip.ts';
import { listed, tool } from '../support/tool.ts';
import { models, reimportDifference } from './models.ts';

const { only, json } = tool('node test/export/round-trips.ts', 'Exports every network to ONNX, and imports it again.')
  .option('--only <names>', 'these networks', listed)
  .option('--json', 'print it as JSON')
  .parse()
  .opts<{ readonly only?: readonly string[]; readonly json?: true }>();

const cases = [
  ...exampleNetworks.map(([title, { graph }]) => ({
    title,
    name: graph.name,
    difference: () => roundTripDifference(graph, formulaWeights(graph)),
  })),
  ...models().map(({ name, path }) => ({ title: name, name, difference: () => reimportDifference(path) })),
];

const results = cases
  .filter(({ name }) => only === undefined || only.includes(name))
  .map(({ title, difference }) => {
    const found = described(difference);
    if (!json)
      console.log(`${found === undefined ? 'same ' : 'OTHER'} ${title}${found === undefined ? '' : `: ${found}`}`);
    return { name: title, ...(found !== undefined && { difference: found }) };
  });
const same = results.filter(({ difference }) => difference === undefined).length;
if (json) console.log(JSON.stringify({ schemaVersion: 1, results }, null, 2));
else console.log(`${same} of ${results.length} are the same`);
process.exitCode = same === results.length ? 0 : 1;

function described(difference: () => string | undefined): string | undefined {
  try {
    return difference();
  } catch (error) {
    return (error as Error).message;
  }
}
