import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failToStart } from '@fcode/http';
import { chaos, isClean } from './run.ts';

const usage =
  'npm run chaos -- [--seconds N] [--seed S] [--kafka] [--json]\n' +
  '  --seconds  how long the system is hurt (default: 60); it takes about a minute more to start and to judge\n' +
  '  --seed     repeats the plan of a run: who asks what, and what strikes when (default: a new one)\n' +
  '  --kafka    on Apache Kafka and DynamoDB Local, which are started by Java, instead of the embedded engines\n' +
  '  --folder   where a run is kept that found something (default: a new one in the temporary folder)\n' +
  '  --json     the outcome alone, as one line of JSON';

const given = () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      kafka: { type: 'boolean', default: false },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  if (!(seconds >= 10 && seconds <= 3600))
    throw new Error(`--seconds is a number from 10 to 3600, not ${values.seconds}.`);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed is a whole number, not ${values.seed}.`);
  return { ...values, seconds, seed };
};

const shownAtMost = 20;

try {
  const { seconds, seed, kafka, folder: chosen, json, help } = given();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (help) say(usage);
  else {
    const folder = chosen ?? mkdtempSync(join(tmpdir(), `fcode-chaos-${seed}-`));
    const tell = json ? () => {} : say;
    const { outcome, findings } = await chaos({ seconds, seed, kafka, folder, tell });
    const isGood = isClean(outcome);
    for (const [what, all] of Object.entries(findings)) {
      for (const finding of all.slice(0, shownAtMost)) tell(`${what}: ${finding}`);
      if (all.length > shownAtMost) tell(`${what}: and ${all.length - shownAtMost} more`);
    }
    if (isGood && chosen === undefined) rmSync(folder, { recursive: true, force: true });
    else {
      tell(`Kept in ${folder}: verdict.json, history.ndjson, diary.log, the logs and the engines' files.`);
      tell(`Again: npm run chaos -- --seconds ${seconds} --seed ${seed}${kafka ? ' --kafka' : ''}`);
    }
    say(JSON.stringify(outcome));
    if (!isGood) process.exitCode = 1;
  }
} catch (error) {
  failToStart(
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? `${(error as Error).message}\n${usage}` : error,
  );
}
