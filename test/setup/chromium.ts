import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { tools } from './tools';

/** True where set-up found a Chromium. Where it found none, it said which tests are left out and how to get one. */
export const hasChromium = (): boolean => tools().chromium !== undefined;

/** A headless Chromium with a fresh user data folder; `close()` ends it and removes the folder. */
export async function startChromium(): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const executablePath = tools().chromium;
  if (executablePath === undefined) throw new Error('no Chromium found; set CHROMIUM_PATH and run: npm run setup');
  const folder = mkdtempSync(join(tmpdir(), 'continual-chromium-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 900 },
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
  const close = async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { context, close };
}
