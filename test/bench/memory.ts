import { readFileSync, writeFileSync } from 'node:fs';

const statusOf = (pid: number, figure: 'VmHWM' | 'VmRSS'): number => {
  const kilobytes = new RegExp(`${figure}:\\s*(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
};

/** The most memory (resident, MB) that a process had while `work` went on, by the kernel's own mark; Linux only. */
export const peakDuring = async <Result>(
  pid: number,
  work: () => Promise<Result>,
): Promise<[peakMb: number, result: Result]> => {
  // Sets the mark back to what it has now (proc_pid_clear_refs(5)).
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const result = await work();
  return [statusOf(pid, 'VmHWM'), result];
};

export const residentMb = (pid: number): number => statusOf(pid, 'VmRSS');
