import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JavaEngine } from '@fcode/infra/java';
import type { KafkaSecurity } from './kafka-engine.ts';
import { quietPort } from './port.ts';

const run = promisify(execFile);

export interface SecureListener {
  security: KafkaSecurity;
  /** For the broker: the listener is SECURE. */
  settings: Record<string, string>;
  /** For the tool that formats its storage, which is where SCRAM users live. */
  format: string[];
}

/** Makes a certificate in `folder` that vouches for itself, and one user whom each of the three mechanisms knows. */
export const secureListener = async ({ keytool }: JavaEngine, folder: string): Promise<SecureListener> => {
  const [username, password, storePassword] = ['fcode', secret(), secret()];
  await certify(keytool, folder, storePassword);
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return {
    security: {
      brokers: `127.0.0.1:${await quietPort()}`,
      caFile: join(folder, 'ca.pem'),
      username,
      password,
    },
    settings: {
      'listener.name.secure.sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN',
      'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
      'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
      'listener.name.secure.plain.sasl.jaas.config': `${plain} user_${username}="${password}";`,
      'listener.name.secure.ssl.keystore.type': 'PKCS12',
      'listener.name.secure.ssl.keystore.location': 'server.p12',
      'listener.name.secure.ssl.keystore.password': storePassword,
    },
    format: ['SCRAM-SHA-512', 'SCRAM-SHA-256'].map(
      (mechanism) => `--add-scram=${mechanism}=[name=${username},password=${password}]`,
    ),
  };
};

const secret = () => randomBytes(16).toString('hex');

const certify = async (keytool: string, cwd: string, storePassword: string): Promise<void> => {
  const tool = (command: string, ...args: string[]) =>
    run(keytool, [command, '-keystore', 'server.p12', '-storepass', storePassword, '-alias', 'server', ...args], {
      cwd,
    });
  const names = 'san=ip:127.0.0.1,dns:localhost';
  const kind = ['-storetype', 'PKCS12', '-keyalg', 'EC', '-validity', '2'];
  await tool('-genkeypair', ...kind, '-dname', 'CN=localhost', '-ext', 'bc:c', '-ext', names);
  await tool('-exportcert', '-rfc', '-file', 'ca.pem');
};
