import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kafkaTool } from './fixtures/kafka-tool.ts';
import { startKafka } from './kafka.ts';

const kafka = await startKafka({ secure: true });
afterAll(async () => kafka?.stop());

describe.skipIf(!kafka)('a broker with TLS and passwords', () => {
  const { brokers = '', caFile = '', username, password } = kafka?.secure ?? {};

  const topicsAs = async (mechanism: string, secret: string | undefined) => {
    const kind = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
    const file = join(dirname(caFile), `${mechanism}.properties`);
    const user = `username="${username}" password="${secret}"`;
    const lines = [
      'security.protocol=SASL_SSL',
      `sasl.mechanism=${mechanism}`,
      `sasl.jaas.config=org.apache.kafka.common.security.${kind} required ${user};`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${caFile}`,
    ];
    await writeFile(file, lines.join('\n'));
    return await kafkaTool('TopicCommand', ['--bootstrap-server', brokers, '--command-config', file, '--list']);
  };

  it.each(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'])(
    'knows its user by %s, and by the right password only',
    async (mechanism) => {
      expect(await topicsAs(mechanism, password)).toBe('\n');
      await expect(topicsAs(mechanism, 'guessed')).rejects.toThrow('SaslAuthenticationException');
    },
  );
});
