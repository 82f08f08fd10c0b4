/** Why a way to an engine is closed, in a few words. */
export interface Missing {
  missing: string;
}

export type Way<Engine> = () => Promise<Engine | Missing>;

export interface Wanted<Engine> {
  /** E.g. `Kafka`. */
  what: string;
  docker: Way<Engine>;
  java: Way<Engine>;
  /** How to name one that is running already, e.g. `KAFKA_BROKERS=127.0.0.1:9092`. */
  orName: string;
  /** Set where its absence is an error, e.g. `FCODE_REQUIRE_KAFKA`. */
  requiredBy?: string;
}

const told = new Set<string>();

/** One line that is seen, once a process. */
export const tell = (line: string): void => {
  if (!told.has(line)) process.stderr.write(`\n*** ${line}\n\n`);
  told.add(line);
};

/**
 * An engine by Docker, else by Java; `FCODE_ENGINES` allows only one of them. Undefined, with one loud line, where
 * neither is possible. An engine that is there and does not start is an error, not a reason to try the next.
 */
export const findEngine = async <Engine extends object>(wanted: Wanted<Engine>): Promise<Engine | undefined> => {
  const { what, orName, requiredBy } = wanted;
  const reasons: string[] = [];
  for (const way of allowedWays()) {
    const found = await wanted[way]();
    if (!('missing' in found)) return found;
    reasons.push(`${way}: ${found.missing}`);
  }
  const line =
    `No ${what} for these tests (${reasons.join('; ')}). Start Docker where images can be pulled, or install Java 17+ ` +
    `and Maven, or name one: ${orName}`;
  if (requiredBy && process.env[requiredBy]) throw new Error(`${line} (${requiredBy} is set.)`);
  tell(line);
  return undefined;
};

const allowedWays = (): ('docker' | 'java')[] => {
  const picked = process.env.FCODE_ENGINES;
  if (!picked) return ['docker', 'java'];
  if (picked === 'docker' || picked === 'java') return [picked];
  throw new Error(`FCODE_ENGINES is docker or java, not ${picked}`);
};
