import { randomUUID } from 'node:crypto';
import { conformance, type Rig } from '../conformance.ts';
import { Child } from '../fixtures/child.ts';
import { quick } from '../fixtures/timing.ts';
import { topics } from '../fixtures/topics.ts';
import { openKafkaLog } from './kafka.ts';
import { ensureTopics } from './topics.ts';

const access = { brokers: [process.env.KAFKA_BROKERS ?? '127.0.0.1:19092'] };
const groups = ['all', 'one', 'other', 'early', 'late', 'nobody'];

const open = async (): Promise<Rig> => {
  const prefix = `t${randomUUID().slice(0, 8)}`;
  await ensureTopics({ access, topics, groups, prefix });
  const children: Child[] = [];
  const openLog = () => openKafkaLog({ access, topics, prefix, timing: quick });
  const logs = [openLog()];
  return {
    log: logs[0] as (typeof logs)[0],
    async reopen() {
      await logs.at(-1)?.close();
      logs.push(openLog());
      return logs.at(-1) as (typeof logs)[0];
    },
    spawn(role, ...args) {
      const child = new Child(new URL('../fixtures/kafka.ts', import.meta.url), [
        access.brokers.join(),
        prefix,
        role,
        ...args,
      ]);
      children.push(child);
      return child;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...children.map((child) => child.kill()), ...logs.map((log) => log.close())]);
    },
  };
};

conformance('Kafka', open);
