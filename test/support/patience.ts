/** How long a test waits for what has to become so, in milliseconds: a busy machine is late, and that is no fault of what is tested. */
export const patience = 20_000;
