// How long a server waits for those who talk to it, and before it tries again what failed.

/** Milliseconds. */
export interface Patience {
  /** For the headers of a request. */
  readonly headers: number;
  /** For a whole request. */
  readonly request: number;
  /** For an answer to be taken. */
  readonly answer: number;
  /** For one whose body is not read to its end to stop sending it. */
  readonly unread: number;
  /** At most, before one who was refused for want of room is read again. */
  readonly refused: number;
  /** While nothing moves on a connection. */
  readonly idle: number;
  /** How often headers and requests are looked at. */
  readonly check: number;
}

export const usualPatience: Patience = {
  headers: 10_000,
  request: 60_000,
  answer: 60_000,
  unread: 1000,
  refused: 500,
  idle: 75_000,
  check: 1000,
};

/** Milliseconds before what could not be started is tried again; doubled each time. */
export const retry = { first: 250, most: 30_000 } as const;
