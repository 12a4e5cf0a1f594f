// What Vite is told before it reads its own configuration: it builds workers, and the packages that it bundles ahead for its server,
// with plugins of their own.

import { requestOf } from './request.ts';
import { resolveBeside } from './resolve.ts';

interface Resolving {
  resolve(specifier: string, importer: string): Promise<{ readonly id: string } | null>;
}

/** Networks of packages are left out of what is bundled ahead, so that the server loads them like those of the project. */
const leaveOut = {
  name: 'cnnc-packages',
  async resolveId(this: Resolving, specifier: string, importer: string | undefined) {
    if (importer === undefined || !requestOf(specifier)) return undefined;
    const id = resolveBeside(specifier, importer) ?? (await this.resolve(specifier, importer))?.id;
    return id === undefined ? undefined : { id, external: 'absolute' };
  },
};

/** `create` makes this plugin anew. */
export function viteConfig(create: () => unknown): object {
  return {
    worker: { plugins: () => [create()] },
    optimizeDeps: { rolldownOptions: { plugins: [leaveOut] } },
  };
}
