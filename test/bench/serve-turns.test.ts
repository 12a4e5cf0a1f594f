// Ratios of servers that take turns are those within a round.

import { expect, test } from 'vitest';
import { capacities, capacityLine } from './serve-turns.ts';

test('a machine that is slower in a round slows both alike', async () => {
  const order: string[] = [];
  const speed = [1, 0.1, 2];
  const results = await capacities(['ours', 'peer'], { peer: 'peer', rounds: 3, connections: 8 }, async (server) => {
    const round = Math.floor(order.length / 2);
    order.push(server);
    return { requestsPerSecond: speed[round]! * (server === 'ours' ? 300 : 200), clientCores: 0.25 };
  });
  expect(order).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer']);
  const [ours, peer] = results;
  expect(ours).toMatchObject({ requestsPerSecond: 300, turns: 3, connections: 8, clientCores: 0.25 });
  expect(peer!.ratio).toEqual({ median: 1, least: 1, most: 1 });
  for (const ratio of Object.values(ours!.ratio)) expect(ratio).toBeCloseTo(1.5);
  expect(capacityLine(ours!)).toContain("300 requests/s, 1.50 times the peer's (1.50 to 1.50), the client 0.25 cores");
});
