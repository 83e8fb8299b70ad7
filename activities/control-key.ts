/** Under which name the checkpoints of a challenger's control lie. */
export const controlOf = (version: string): string => `${version}-control`;
