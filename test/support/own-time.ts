// Time that a test takes for itself, for promises such as "within two seconds": a busy machine is late, and that is no fault of what is
// tested.

/** Milliseconds that the processor has worked for this thread. */
export function ownTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
