/** The highest ratio of our time to the other's that is allowed, by case and by what it is compared with; `first` in ms. */
export const limits: Record<string, Record<string, number>> = {
  mlp: { ratio: 0.2, best: 0.5, first: 1500 },
  cnn: { ratio: 0.8, first: 1500 },
  split: { ratio: 0.6, best: 1, first: 1500 },
  lstm: { ratio: 1, tfjs: 0.1, first: 1500 },
  mlp1024: { ratio: 1.1 },
  cnn1024: { ratio: 1.1 },
  split1024: { ratio: 1.1 },
  lstm1024: { ratio: 1.1 },
  electricity: { ratio: 1 },
  'predict-mlp': { eager: 0.35, eagerP99: 0.35, function: 0.5 },
  'predict-cnn': { eager: 0.6, eagerP99: 0.6, function: 1 },
  export: { mlp: 1e-6, cnn: 1e-6, split: 1e-6, lstm: 1e-6 },
};

const meaning: Record<string, string> = {
  ratio: 'to Keras fit', best: 'to Keras, best steps per execution', tfjs: "to tfjs-node's fit", first: 'first result, ms', firstKeras: 'the same of Keras, ms',
  eager: 'to eager tfjs', eagerP99: 'to eager tfjs, p99', function: 'to tf.function', functionP99: 'to tf.function, p99',
};

export type Numbers = Record<string, Record<string, number>>;

const shown = (value: number): string => (value > 0 && value < 1e-3 ? value.toExponential(1) : String(value));

/** Each number beside its limit. A limit that a number of the same row does not keep is missed. */
export function judge(result: Numbers): { table: Record<string, string>[]; missed: number } {
  let missed = 0;
  const table = Object.entries(result).flatMap(([name, numbers]) =>
    Object.entries(numbers).map(([key, value]) => {
      const limit = limits[name]?.[key];
      // NaN, a number that could not be measured, is missed as well.
      const kept = limit === undefined || value <= limit;
      if (!kept) missed++;
      return { case: name, compared: name === 'export' ? `${key}: |difference| to Python` : (meaning[key] ?? key), measured: shown(value), limit: limit === undefined ? '–' : shown(limit), verdict: limit === undefined ? '' : kept ? 'ok' : 'MISSED' };
    }),
  );
  return { table, missed };
}
