import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ledgerFile } from '@fcode/embedded/demo';
import { failToStart } from '@fcode/http';
import { lookAt } from './ledger.ts';
import { startStage } from './stage.ts';
import { tellStory } from './story.ts';

const usage =
  'npm run demo [-- --file LEDGER.csv] [--at TIME] [--kafka] [--json]\n' +
  '  --file  a ledger: source, source_ref, member_id, kind, occurred_at (default: one that comes along)\n' +
  '  --at    when the campaign opens, such as 2026-08-22T12:00:00Z (default: at the last contribution)\n' +
  '  --kafka two processes of every service on Kafka and DynamoDB Local, which are found or started (Docker, or Java and Maven)\n' +
  '  --json  the outcome as the last line, as JSON';

const given = () => {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      at: { type: 'string' },
      kafka: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.file !== undefined && !existsSync(values.file)) throw new Error(`There is no file ${values.file}.`);
  if (values.at !== undefined && Number.isNaN(Date.parse(values.at))) throw new Error(`--at ${values.at} is no time.`);
  return values;
};

const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const { file = fileURLToPath(ledgerFile), at, kafka, json, help } = given();
  if (help) say(usage);
  else {
    const look = await lookAt(file);
    const stage = await startStage(at === undefined ? look.last : Date.parse(at), { kafka });
    try {
      const progress = (line: string) => process.stderr.write(`  ${line}\n`);
      const outcome = await tellStory(stage, { file, look, tell: say, progress });
      const broken = outcome.invariants === 'ok' ? [] : outcome.invariants;
      say(broken.length === 0 ? 'Everything that must always hold holds.' : `Broken:\n  ${broken.join('\n  ')}`);
      if (json) say(JSON.stringify(outcome));
      if (broken.length > 0) process.exitCode = 1;
    } finally {
      await stage.stop();
    }
  }
} catch (error) {
  failToStart(
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? `${(error as Error).message}\n${usage}` : error,
  );
}
