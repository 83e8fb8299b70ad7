/** The history of the electricity market as a schedule would go through it. */
export const firstRow = Date.UTC(1996, 4, 7);
const day = 86_400_000;
const halfHour = day / 48;
/** The first version learns from twelve weeks; then a run comes every four. */
export const bootstrapDays = 84;
export const periodDays = 28;
export const periods = 30;
/** Victoria joins the market: three columns that were constant begin to vary. */
export const marketChangeRow = 17_424;

/** End of the bootstrap (0), then of each period, as the `until` of a run. */
export const endOf = (period: number): string => new Date(firstRow + (bootstrapDays + period * periodDays) * day).toISOString();

/** Number of the row with which a period begins; period 1 follows the bootstrap. */
export const firstRowOf = (period: number): number => (bootstrapDays + (period - 1) * periodDays) * (day / halfHour);

/** The first period that lies wholly after the market's change. */
export const changePeriod = Array.from({ length: periods }, (_, i) => i + 1).find((p) => firstRowOf(p) >= marketChangeRow)!;
