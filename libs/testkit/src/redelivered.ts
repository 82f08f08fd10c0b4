const busy: readonly string[] = ['StoreBusy', 'KeepsChanging'];
const triesAtMost = 10;

/** As the log does with a listener that had no time on a busy machine: what it could not finish is delivered again. */
export const redelivered = async (deliver: () => Promise<void>): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await deliver();
      return;
    } catch (error) {
      if (tries >= triesAtMost || !busy.includes((error as Error).name)) throw error;
    }
  }
};
