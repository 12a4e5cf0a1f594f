// Graphs of tens of thousands of nodes become many small objects that live for a while, one form after the other. V8 lets its heap
// grow to a multiple of what is in use before it collects, which then costs more memory than the graph.

import { setFlagsFromString } from 'node:v8';

/** Fields of a file's messages from which on memory is saved, at the expense of time. ResNet-152 has some 30,000. */
const MANY_FIELDS = 50_000;

/** Runs `work`; once it has seen a large number of fields, the heap grows slowly until it ends. */
export function withSparingHeap<Result>(work: (see: (fields: number) => void) => Result): Result {
  let isSparing = false;
  try {
    return work((fields) => {
      isSparing = fields >= MANY_FIELDS;
      if (isSparing) setGrowth(30, 1);
    });
  } finally {
    if (isSparing) setGrowth(0, 2);
  }
}

/** `percent`: how much larger the heap may be than what was in use, 0 for as V8 finds best; `factor`: how its nursery grows. */
function setGrowth(percent: number, factor: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
