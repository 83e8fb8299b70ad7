/** Resolves at the first SIGINT or SIGTERM; a second one ends the process as usual. */
export function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    const told = () => {
      process.removeListener('SIGINT', told);
      process.removeListener('SIGTERM', told);
      resolve();
    };
    process.on('SIGINT', told);
    process.on('SIGTERM', told);
  });
}
