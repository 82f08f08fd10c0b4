import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Guarded } from '@fcode/infra/guarded';
import { type JavaEngine, startJava } from '@fcode/infra/java';
import { type KafkaEngine, type KafkaOptions, kafkaSettings, kafkaStarted } from './kafka-engine.ts';
import { secureListener } from './kafka-secure.ts';
import { quietPort } from './port.ts';

const run = promisify(execFile);
const startSeconds = 30;
/** For programs that live for a second: code that is compiled well would not be used. */
const quickToStart = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** A broker of one node in a folder of its own; see `log-1` there, `log-2` after it was resumed, and so on. */
export const startKafkaByJava = async (
  engine: JavaEngine,
  { secure = false, advertisedPort }: KafkaOptions,
): Promise<KafkaEngine> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-kafka-'));
  let broker: Guarded | undefined;
  let starts = 0;
  const resume = async () => {
    if (broker) throw new Error('the broker is running');
    starts += 1;
    const log = `log-${starts}`;
    const started = await startJava(engine, folder, log, ['kafka.Kafka', 'server.properties']);
    broker = started;
    await said(started, join(folder, log));
  };
  const end = (how: 'stop' | 'kill') => async () => {
    await broker?.[how]();
    broker = undefined;
  };
  const stop = async () => {
    await end('kill')();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [port, controller, inner] = [await quietPort(), await quietPort(), await quietPort()];
    const brokers = `127.0.0.1:${advertisedPort ?? port}`;
    const secured = secure ? await secureListener(engine, folder) : undefined;
    // The broker reaches itself by BROKER, so that a wire before it hurts clients only.
    const others = [`BROKER://127.0.0.1:${inner}`, ...(secured ? [`SECURE://${secured.security.brokers}`] : [])];
    const settings = {
      ...kafkaSettings,
      ...secured?.settings,
      listeners: [`PLAINTEXT://127.0.0.1:${port}`, ...others, `CONTROLLER://127.0.0.1:${controller}`].join(),
      'advertised.listeners': [`PLAINTEXT://${brokers}`, ...others].join(),
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'log.dirs': 'data',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, 'server.properties'), lines.join(''));
    // Users live in the storage.
    await (secured ? format(engine, folder, secured.format) : copyFormatted(engine, folder));
    await resume();
    return {
      brokers,
      port,
      how: 'java',
      version: engine.version,
      ...(secured ? { secure: secured.security } : {}),
      kill: end('kill'),
      halt: end('stop'),
      resume,
      pause: async () => broker?.pause(),
      unpause: async () => broker?.resume(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const format = async ({ java, jars }: JavaEngine, cwd: string, more: string[] = []): Promise<void> => {
  const tool = [...quickToStart, '-cp', `${jars}/*`, 'kafka.tools.StorageTool', 'format', `--cluster-id=${id()}`];
  await run(java, [...tool, '--config=server.properties', ...more], { cwd });
};

const id = () => randomBytes(16).toString('base64url').replace(/^-/, '_');

/** What the tool makes of an empty folder is always the same but for two names: made once, it is copied. */
const copyFormatted = async (engine: JavaEngine, folder: string): Promise<void> => {
  const [formatted, data] = [`${engine.jars}-formatted`, join(folder, 'data')];
  if (!existsSync(formatted)) {
    await format(engine, folder);
    const partial = `${formatted}.${process.pid}`;
    await cp(data, partial, { recursive: true });
    await rename(partial, formatted).catch((error: unknown) => {
      if (!existsSync(formatted)) throw error;
    });
    await rm(partial, { recursive: true, force: true });
  }
  await cp(formatted, data, { recursive: true });
  const names = join(data, 'meta.properties');
  const text = await readFile(names, 'utf8');
  await writeFile(
    names,
    text.replace(/^(directory|cluster)\.id=.*$/gm, (_, name: string) => `${name}.id=${id()}`),
  );
};

const said = async (broker: Guarded, log: string): Promise<void> => {
  let gone = false;
  void broker.exited.then(() => {
    gone = true;
  });
  const deadline = Date.now() + startSeconds * 1000;
  for (;;) {
    const text = await readFile(log, 'utf8');
    if (text.includes(kafkaStarted)) return;
    if (gone || Date.now() > deadline) {
      const what = gone ? 'ended' : `did not start within ${startSeconds} s`;
      throw new Error(`The Kafka broker ${what}. The end of its log:\n${text.slice(-3000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
