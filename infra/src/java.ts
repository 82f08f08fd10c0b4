import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Guarded, isRunning, startGuarded } from './guarded.ts';

export type EngineProfile = 'kafka' | 'dynamodb-local';

export interface JavaEngine {
  /** The `java` to run it with, 17 or later. */
  java: string;
  keytool: string;
  /** The folder of its jars and native libraries. */
  jars: string;
  /** As the pom pins it. */
  version: string;
  /** Where `keepClasses` keeps its classes. */
  classes: string;
  /** What Java is told besides. */
  flags: string[];
}

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../engines', import.meta.url));
const oldestJava = 17;

/**
 * What it takes to run an engine by Java: from `infra/engines/target`, or at first by Maven from Maven Central.
 * Where Java 17, Maven or what Maven fetches is missing, it says which.
 */
export const findJavaEngine = async (profile: EngineProfile): Promise<JavaEngine | { missing: string }> => {
  const tool = (name: string) => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', name) : name);
  const java = tool('java');
  const installed = await versionOf(java);
  if (installed === undefined) return { missing: `no Java (${java})` };
  if (majorOf(installed) < oldestJava) return { missing: `Java ${majorOf(installed)} is older than ${oldestJava}` };
  const pom = await readFile(join(folder, 'pom.xml'), 'utf8');
  const target = join(folder, 'target', `${profile}-${createHash('sha256').update(pom).digest('hex').slice(0, 12)}`);
  if (!existsSync(target)) {
    const maven = await run('mvn', ['--version']).catch(() => undefined);
    if (!maven) return { missing: 'no Maven (mvn)' };
    const failure = await alone(async () => (existsSync(target) ? undefined : await copyJars(profile, target)));
    if (failure !== undefined) return { missing: `Maven could not get the jars: ${failure}` };
  }
  return {
    java,
    keytool: tool('keytool'),
    jars: target,
    version: versionIn(pom, profile),
    classes: `${target}-java-${installed}.jsa`,
    flags: [],
  };
};

/**
 * The same engine, which starts for two thirds of the work: from its classes as Java has them in memory. At first `runOnce` is
 * to start it and to end it by SIGTERM, upon which Java writes them.
 */
export const keepClasses = async (
  engine: JavaEngine,
  runOnce: (engine: JavaEngine) => Promise<void>,
): Promise<JavaEngine> => {
  const { classes } = engine;
  if (!existsSync(classes)) {
    await alone(async () => {
      if (existsSync(classes)) return;
      const partial = `${classes}.${process.pid}`;
      await runOnce({ ...engine, flags: [`-XX:ArchiveClassesAtExit=${partial}`] });
      // A Java that has not written them starts as well without, and is not asked each time.
      if (!existsSync(partial)) await writeFile(partial, '');
      await rename(partial, classes);
    });
  }
  return { ...engine, flags: [`-XX:SharedArchiveFile=${classes}`] };
};

/** Starts it in a folder, which goes with it should this process die; what it prints goes to `log` there. */
export const startJava = async (
  { java, jars, flags: more }: JavaEngine,
  cwd: string,
  log: string,
  command: [main: string, ...args: string[]],
): Promise<Guarded> => {
  const output = await open(join(cwd, log), 'a');
  // Quick to start rather than quick after minutes.
  const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Djava.library.path=${jars}`, ...more];
  const logging = `-Dlog4j2.configurationFile=${join(folder, 'log4j2.xml')}`;
  try {
    return startGuarded([java, ...flags, logging, '-cp', `${jars}/*`, ...command], {
      output: output.fd,
      cwd,
      scratch: cwd,
    });
  } finally {
    await output.close();
  }
};

/** E.g. `17.0.15`. */
const versionOf = async (java: string): Promise<string | undefined> => {
  try {
    // `java -version` writes to standard error.
    const { stderr } = await run(java, ['-version']);
    return /version "([\w.+-]+)/.exec(stderr)?.[1];
  } catch {
    return undefined;
  }
};

const majorOf = (version: string): number => Number(/^(?:1\.)?(\d+)/.exec(version)?.[1]);

const versionIn = (pom: string, profile: EngineProfile): string =>
  new RegExp(`<id>${profile}</id>.*?<version>(.*?)</version>`, 's').exec(pom)?.[1] ?? 'unknown';

/** Undefined when it is done, else the first thing that Maven said. */
const copyJars = async (profile: EngineProfile, target: string): Promise<string | undefined> => {
  // Renamed when complete, so that whoever sees the folder sees all of it.
  const partial = `${target}.${process.pid}`;
  const goal = [
    '-q',
    '-B',
    '-Dstyle.color=never',
    '-P',
    profile,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${partial}`,
  ];
  try {
    await run('mvn', ['-f', join(folder, 'pom.xml'), ...goal]);
    await rename(partial, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return undefined;
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: string };
    return (stdout || message).trim().split('\n')[0];
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};

/**
 * One process at a time, since Maven's own repository is not made for several writers, and to keep classes is work. A lock
 * whose process has died is taken over; should two take it over at once, both copy, and the rename decides.
 */
const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const lock = join(folder, 'target', 'maven.lock');
  await mkdir(join(folder, 'target'), { recursive: true });
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = await readFile(lock, 'utf8').catch(() => '');
      if (owner && !isRunning(Number(owner))) await rm(lock, { force: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
};
