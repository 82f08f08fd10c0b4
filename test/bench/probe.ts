// A thread of its own, so that what it measures is the other process and not this one: asks an address every few
// milliseconds, and answers `stop` with how long each answer took.
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { url, everyMs } = workerData as { url: string; everyMs: number };
const agent = new Agent({ keepAlive: true });
const took: number[] = [];
let stopping = false;

const ask = (): Promise<void> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      answer.resume().on('end', resolve).on('error', reject);
    }).on('error', reject);
  });

parentPort?.once('message', () => {
  stopping = true;
});
while (!stopping) {
  const began = performance.now();
  await ask();
  took.push(performance.now() - began);
  await new Promise((resolve) => setTimeout(resolve, everyMs));
}
agent.destroy();
parentPort?.postMessage(took);
