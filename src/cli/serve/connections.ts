// The connections of a server: how long each may be slow or idle, and how many there may be.

import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { Patience } from './patience.ts';

export interface Connections {
  /** A server that counts among them. An address may need several, such as localhost in IPv4 and IPv6. */
  serve(listener: RequestListener): Server;
}

export interface ConnectionEvents {
  /** How many there are now. */
  open(count: number): void;
  /** One more was closed as soon as it came. */
  refused(): void;
}

/** `most`: of all servers together. */
export function boundedConnections(most: number, patience: Patience, events: ConnectionEvents): Connections {
  let count = 0;
  return {
    serve(listener) {
      const server = createServer(
        {
          requestTimeout: patience.request,
          headersTimeout: patience.headers,
          keepAliveTimeout: patience.idle,
          connectionsCheckingInterval: patience.check,
          // The listener answers what is wrong with headers; Node would without a word, and without a line in the log.
          requireHostHeader: false,
        },
        listener,
      );
      server.on('checkExpectation', listener);
      server.setTimeout(patience.idle);
      server.on('connection', (socket) => {
        if (count >= most) {
          events.refused();
          return void socket.destroy();
        }
        events.open((count += 1));
        socket.once('close', () => events.open((count -= 1)));
      });
      return server;
    },
  };
}
