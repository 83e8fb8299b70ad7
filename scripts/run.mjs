/**
 * Sets up what a program of ours needs, then runs it with the given arguments in this terminal.
 *
 *   node scripts/run.mjs <worker|demo|test|all> <program> [arguments]
 */
import { spawn } from 'node:child_process';
import { root, setUpOrExit } from './setup.mjs';

const [purpose, ...rest] = process.argv.slice(2);
await setUpOrExit(purpose);
const child = spawn(process.execPath, rest, { cwd: root, stdio: 'inherit' });
process.on('SIGINT', () => {}); // a terminal sends Ctrl-C to both: the program ends in its own time
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 1)));
