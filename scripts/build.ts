// Makes dist/ for publishing: plain JavaScript and declarations of everything but tests and examples.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
process.stderr.write('dist/ is built\n');
