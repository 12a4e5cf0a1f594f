// How much servers can answer, in turns, so that a busy machine slows all of them alike: what counts is the ratio within a round.

import { median } from './measure.ts';

/** What a server did in one turn. */
export interface ServeTurn {
  readonly requestsPerSecond: number;
  /** Of one core, what the client took. */
  readonly clientCores: number;
}

export interface Capacity<Name extends string> {
  readonly server: Name;
  readonly connections: number;
  readonly turns: number;
  /** Medians over all turns. */
  readonly requestsPerSecond: number;
  readonly clientCores: number;
  /** To the peer in the same round: the median, the least and the largest. */
  readonly ratio: { readonly median: number; readonly least: number; readonly most: number };
}

/** Each server has a turn in each round, and another one begins each round. `peer` is one of them. */
export async function capacities<Name extends string>(
  servers: readonly Name[],
  { peer, rounds, connections }: { readonly peer: Name; readonly rounds: number; readonly connections: number },
  turn: (server: Name) => Promise<ServeTurn>,
): Promise<readonly Capacity<Name>[]> {
  const all = new Map(servers.map((server): [Name, ServeTurn[]] => [server, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const at of servers.keys()) {
      const server = servers[(at + round) % servers.length]!;
      all.get(server)!.push(await turn(server));
    }
  return servers.map((server) => {
    const turns = all.get(server)!;
    const ratios = turns.map(({ requestsPerSecond }, at) => requestsPerSecond / all.get(peer)![at]!.requestsPerSecond);
    return {
      server,
      connections,
      turns: rounds,
      requestsPerSecond: Math.round(median(turns.map((one) => one.requestsPerSecond))),
      clientCores: median(turns.map((one) => one.clientCores)),
      ratio: { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) },
    };
  });
}

/** For people. */
export function capacityLine({ server, connections, requestsPerSecond, clientCores, ratio }: Capacity<string>): string {
  const [middle, least, most] = [ratio.median, ratio.least, ratio.most].map((one) => one.toFixed(2));
  return `${server.padEnd(36)} ${connections} clients ${`${requestsPerSecond}`.padStart(7)} requests/s, ${middle} times the peer's (${least} to ${most}), the client ${clientCores.toFixed(2)} cores`;
}
