import { chaos } from '/work/main/test/chaos/run.ts';

const [, , seconds, seed, kinds, folder] = process.argv;
const { outcome, findings } = await chaos({
  seconds: Number(seconds),
  seed: Number(seed),
  kafka: process.argv[6] === 'kafka',
  folder: folder!,
  ...(kinds ? { kinds: kinds.split(',') } : {}),
  tell: (l) => console.log(l),
});
for (const [k, all] of Object.entries(findings)) for (const f of all.slice(0, 15)) console.log(k, f);
console.log(JSON.stringify(outcome));
