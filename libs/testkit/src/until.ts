/**
 * Asks again every 20 ms until the answer is truthy; throws after `seconds` with the last error or answer. What takes long to
 * answer is asked less often, so that asking takes a third of the time at most.
 */
export const until = async <Result>(
  ask: () => Promise<Result> | Result,
  what = 'it to happen',
  seconds = 10,
): Promise<NonNullable<Result>> => {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    const asked = performance.now();
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    const now = performance.now();
    if (now > deadline) throw new Error(`waited ${seconds} s for ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, Math.max(20, 2 * (now - asked))));
  }
};
