import { isProgram, onPath } from './command.mjs';
import { say } from './log.mjs';

/** The path of a Chromium, or undefined. Never fetched: it comes with the system. CHROMIUM_PATH names one explicitly. */
export function findChromium() {
  const explicit = process.env.CHROMIUM_PATH;
  const path = explicit || ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(onPath).find(Boolean);
  if (path && isProgram(path)) {
    say('chromium', path);
    return path;
  }
  say('chromium', `${explicit ? `CHROMIUM_PATH=${explicit} is not a program` : 'none found'}: the browser tests (test/browser) are left out.`);
  say('chromium', 'to get it: apt-get install chromium (Debian), or set CHROMIUM_PATH to a Chrome or Chromium.');
  return undefined;
}
