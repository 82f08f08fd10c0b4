import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  const java = async (main: string, ...args: string[]) => {
    await run(engine.java, [...quickToStart, '-cp', `${engine.jars}/*`, main, ...args], { cwd: folder });
  };
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
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
      'log.dirs': 'data',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, 'server.properties'), lines.join(''));
    const cluster = randomBytes(16).toString('base64url');
    const format = ['format', '--standalone', `--cluster-id=${cluster}`, '--config=server.properties'];
    await java('kafka.tools.StorageTool', ...format, ...(secured?.format ?? []));
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
