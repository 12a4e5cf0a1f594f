// Vite, Rollup, webpack, esbuild and Node with the packed package: it is packed once for all suites.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { launch, missing as noBrowser } from '../../support/browser.ts';
import { applications } from './applications.ts';
import { development } from './development.ts';
import { kindsOfBuild } from './kinds-of-build.ts';
import { withoutBrowser } from './without-browser.ts';
import { production } from './production.ts';
import { missing as noBundlers, openWorkshop } from './project.ts';
import { workers } from './workers.ts';
import type { Workshop } from './project.ts';

const missing = noBundlers ?? noBrowser;

let workshop: Workshop;
let browser: Browser;
const tools = { workshop: () => workshop, browser: () => browser };

describe.skipIf(missing)(missing ? `bundlers (skipped: ${missing})` : 'bundlers', () => {
  beforeAll(async () => {
    workshop = openWorkshop();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    workshop?.remove();
  });
  describe('types, Node and hostile input', () => withoutBrowser(tools));
  describe('Cloudflare Workers', () => workers(tools));
  describe('production', () => production(tools));
  describe('other kinds of builds', () => kindsOfBuild(tools));
  describe('development', () => development(tools));
  describe('examples/web', () => applications(tools));
});
