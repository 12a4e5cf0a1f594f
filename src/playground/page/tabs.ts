// All tabs, in their order. Each is loaded when it is first opened.

import type { Tab } from './tab.ts';

export interface TabEntry {
  readonly name: string;
  readonly title: string;
  readonly load: () => Promise<Tab>;
}

export const tabs: readonly TabEntry[] = [
  { name: 'drawing', title: 'Drawing', load: async () => (await import('./tabs/drawing.ts')).drawingTab },
  { name: 'run', title: 'Run', load: async () => (await import('./tabs/run.ts')).runTab },
  { name: 'train', title: 'Train', load: async () => (await import('./tabs/train.ts')).trainTab },
  { name: 'table', title: 'Table', load: async () => (await import('./tabs/table.ts')).tableTab },
  { name: 'explain', title: 'Explain', load: async () => (await import('./tabs/explain.ts')).explainTab },
  { name: 'memory', title: 'Memory', load: async () => (await import('./tabs/memory.ts')).memoryTab },
  { name: 'code', title: 'Code', load: async () => (await import('./tabs/code.ts')).codeTab },
];
